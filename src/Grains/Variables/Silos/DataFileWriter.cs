using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Contracts.Silos;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Grains.Variables.Shards;

namespace Cairn.Grains.Variables.Silos;

/// <summary>Writes the frozen shards of one ticket into one data file: one tensor behind the other, without padding, in the ticket's order. The frozen pages
/// are its own from the beginning, and each is released once its bytes are in blocks. What was staged, and what was read back, must have the checksums that
/// were taken after the seal, which are those of the receipt.</summary>
/// <param name="store">Where the file goes.</param>
/// <param name="blocks">The buffers.</param>
/// <param name="versions">What is frozen.</param>
/// <param name="silo">This silo, for messages.</param>
/// <param name="readsBack">Whether the file is read back and compared.</param>
internal sealed class DataFileWriter(IBlobStore store, BlockPool blocks, SealedVersions versions, SiloAddress silo, bool readsBack)
{
    private const int BlocksMax = 50_000; // Azure's limit of an upload; IBlobUpload takes no more.

    /// <summary>Writes the file and commits it under the ticket's condition.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Superseded"/>: the condition did not hold. <see cref="CheckpointError.Corrupt"/>: a
    /// page changed after its seal, or the store has not kept it. <see cref="CheckpointError.Aborted"/>: a frozen version is gone, or was given up for its
    /// pages. Whatever the store refuses.</exception>
    public async Task<DataFileReceipt> WriteAsync(DataFileTicket ticket, WorkProgress progress, CancellationToken cancellationToken)
    {
        using FrozenWrite write = versions.BeginWrite(ticket.Attempt, cancellationToken);
        Queue<FrozenPart> parts = TakeVersions(ticket);
        try
        {
            long totalBytes = ticket.Tensors.Sum(tensor => tensor.LengthBytes);
            progress.TotalBytes = totalBytes;
            if (totalBytes / BlocksMax >= blocks.BlockBytes)
            {
                throw new CheckpointException(
                    CheckpointError.LimitExceeded,
                    $"'{ticket.BlobName}' would have {totalBytes} bytes, over {BlocksMax} blocks of {nameof(VariablesOptions.BlockBytes)} = " +
                    $"{blocks.BlockBytes}. Raise the option.");
            }

            await using IBlobUpload upload = await store.BeginUploadAsync(ticket.BlobName, ticket.Attempt, write.Token).ConfigureAwait(false);
            var faults = new PageFaults(silo, ticket.BlobName);
            var written = new WrittenPages(ticket.Tensors, keepsPages: readsBack);
            await using (var stager = new BlockStager(upload, blocks, progress, faults.Changed, write.Token))
            {
                await AppendAllAsync(parts, written, stager).ConfigureAwait(false);
                write.PagesReleased();
                await stager.FinishAsync().ConfigureAwait(false);
            }

            cancellationToken.ThrowIfCancellationRequested();
            BlobCondition condition = BlobCondition.IfStill(ticket.ExpectedETag is { } etag ? new BlobETag(etag) : null);

            // Not cancelled half-way: a committed file must be known as committed.
            BlobETag committed = await upload.TryCommitAsync(condition, CancellationToken.None).ConfigureAwait(false) ?? throw new CheckpointException(
                CheckpointError.Superseded,
                $"'{ticket.BlobName}' in {store.Address} was to be {(ticket.ExpectedETag is null ? "absent" : $"the writing {ticket.ExpectedETag}")}, and is " +
                $"not: another writer came first.");
            await new ReadBack(store, blocks).CompareAsync(ticket.BlobName, committed, written.Pages, faults.NotKept, cancellationToken).ConfigureAwait(false);
            return new DataFileReceipt(committed.Value, totalBytes, written.ToPlaces());
        }
        catch (OperationCanceledException) when (write.IsGivenUp)
        {
            versions.RequireKept(ticket.Attempt);
            throw;
        }
        finally
        {
            ReleaseAll(parts);
        }
    }

    private static async Task AppendAllAsync(Queue<FrozenPart> parts, WrittenPages written, BlockStager stager)
    {
        while (parts.TryPeek(out FrozenPart? part))
        {
            for (int page = 0; page < part.PageCount; page++)
            {
                ReadOnlyMemory<byte> bytes = part.BytesOf(page);
                await stager.AppendAsync(written.AddPage(page, bytes.Length, part.ChecksumOf(page)), bytes).ConfigureAwait(false);
                part.ReleasePage(page);
            }

            written.EndTensor();
            parts.Dequeue().Release();
        }
    }

    private Queue<FrozenPart> TakeVersions(DataFileTicket ticket)
    {
        var parts = new Queue<FrozenPart>(ticket.Tensors.Length);
        var taken = new Dictionary<(ShardId, TensorPart), FrozenPart>(); // A saver may store one variable under two keys.
        try
        {
            foreach (DataFileTensor tensor in ticket.Tensors)
            {
                FrozenPart part = taken.TryGetValue((tensor.Shard, tensor.Part), out FrozenPart? again) ? again.Retain() : Take(ticket.Attempt, tensor);
                taken[(tensor.Shard, tensor.Part)] = part;
                parts.Enqueue(part);
                if (part.LengthBytes != tensor.LengthBytes)
                {
                    throw new CheckpointException(CheckpointError.InvalidArgument,
                        $"The ticket has {tensor.LengthBytes} bytes for shard '{tensor.Shard}', which has {part.LengthBytes}.");
                }
            }

            return parts;
        }
        catch
        {
            ReleaseAll(parts);
            throw;
        }
    }

    private FrozenPart Take(Guid attempt, DataFileTensor tensor)
    {
        versions.RequireKept(attempt);
        return versions.TryTake(attempt, tensor.Shard, tensor.Part, tensor.Incarnation) ?? throw new CheckpointException(
            CheckpointError.Aborted,
            $"The {tensor.Part} of shard '{tensor.Shard}' is not frozen here for attempt {attempt}: the shard was activated again, has no value, or was " +
            $"released.");
    }

    private static void ReleaseAll(Queue<FrozenPart> parts)
    {
        while (parts.TryDequeue(out FrozenPart? part))
        {
            part.Release();
        }
    }
}
