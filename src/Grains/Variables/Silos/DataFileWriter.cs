using System.Collections.Immutable;
using Cairn.Contracts.Models;
using Cairn.Contracts.Silos;
using Cairn.Format.Blobs;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;
using Cairn.Grains.Variables.Pages;
using Cairn.Grains.Variables.Shards;

namespace Cairn.Grains.Variables.Silos;

/// <summary>Writes the frozen shards of one ticket into one data file: one tensor behind the other, without
/// padding, in the ticket's order. The frozen pages are its own from the beginning,
/// and each tensor's are released once its bytes are in blocks.</summary>
internal sealed class DataFileWriter(IBlobStore store, BlockPool blocks, SealedVersions versions)
{
    private const int BlocksMax = 50_000; // Azure's limit of an upload; IBlobUpload takes no more.

    /// <summary>Writes the file and commits it under the ticket's condition.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Superseded"/>: the condition did
    /// not hold. <see cref="CheckpointError.Aborted"/>: a frozen version is gone, or was given up for its pages.
    /// Whatever the store refuses.</exception>
    public async Task<DataFileReceipt> WriteAsync(DataFileTicket ticket, WorkProgress progress, CancellationToken cancellationToken)
    {
        using FrozenWrite write = versions.BeginWrite(ticket.Attempt, cancellationToken);
        Queue<PageRun> runs = TakeVersions(ticket);
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
            ImmutableArray<TensorPlace> places;
            await using (var stager = new BlockStager(upload, blocks, progress, write.Token))
            {
                places = await AppendAllAsync(ticket, runs, stager).ConfigureAwait(false);
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
            return new DataFileReceipt(committed.Value, totalBytes, places);
        }
        catch (OperationCanceledException) when (write.IsGivenUp)
        {
            versions.RequireKept(ticket.Attempt);
            throw;
        }
        finally
        {
            ReleaseAll(runs);
        }
    }

    private static async Task<ImmutableArray<TensorPlace>> AppendAllAsync(DataFileTicket ticket, Queue<PageRun> runs, BlockStager stager)
    {
        ImmutableArray<TensorPlace>.Builder places = ImmutableArray.CreateBuilder<TensorPlace>(ticket.Tensors.Length);
        long offsetBytes = 0;
        foreach (DataFileTensor tensor in ticket.Tensors)
        {
            PageRun run = runs.Peek();
            uint crc = 0;
            for (int i = 0; i < run.PageCount; i++)
            {
                ReadOnlyMemory<byte> bytes = run.BytesOf(i);
                crc = Crc32C.Append(crc, bytes.Span);
                await stager.AppendAsync(bytes).ConfigureAwait(false);
            }

            places.Add(new TensorPlace(offsetBytes, tensor.LengthBytes, crc));
            offsetBytes += tensor.LengthBytes;
            runs.Dequeue().Release();
        }

        return places.MoveToImmutable();
    }

    private Queue<PageRun> TakeVersions(DataFileTicket ticket)
    {
        var runs = new Queue<PageRun>(ticket.Tensors.Length);
        var taken = new Dictionary<(ShardId, TensorPart), PageRun>(); // A saver may store one variable under two keys.
        try
        {
            foreach (DataFileTensor tensor in ticket.Tensors)
            {
                PageRun run = taken.TryGetValue((tensor.Shard, tensor.Part), out PageRun? again) ? again.Retain() : Take(ticket.Attempt, tensor);
                taken[(tensor.Shard, tensor.Part)] = run;
                runs.Enqueue(run);
                if (run.LengthBytes != tensor.LengthBytes)
                {
                    throw new CheckpointException(CheckpointError.InvalidArgument,
                        $"The ticket has {tensor.LengthBytes} bytes for shard '{tensor.Shard}', which has {run.LengthBytes}.");
                }
            }

            return runs;
        }
        catch
        {
            ReleaseAll(runs);
            throw;
        }
    }

    private PageRun Take(Guid attempt, DataFileTensor tensor)
    {
        versions.RequireKept(attempt);
        return versions.TryTake(attempt, tensor.Shard, tensor.Part, tensor.Incarnation) ?? throw new CheckpointException(
            CheckpointError.Aborted,
            $"The {tensor.Part} of shard '{tensor.Shard}' is not frozen here for attempt {attempt}: the shard was activated again, has no value, or was " +
            $"released.");
    }

    private static void ReleaseAll(Queue<PageRun> runs)
    {
        while (runs.TryDequeue(out PageRun? run))
        {
            run.Release();
        }
    }
}
