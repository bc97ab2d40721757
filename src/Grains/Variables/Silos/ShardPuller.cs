using System.Security.Cryptography;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Silos;
using Cairn.Format.Errors;
using Cairn.Grains.Variables.Pages;
using Cairn.Grains.Variables.Shards;

namespace Cairn.Grains.Variables.Silos;

/// <summary>Fetches the bytes of a shard that is handed over from the silo that has stopped serving it, over the data plane, and holds them in fresh pages for
/// the activation that will be the shard. All or nothing.</summary>
internal sealed class ShardPuller(HttpClient http, PagePool pool, StagedLoads staged)
{
    private const int TriesMax = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Fetches.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: what came is not what was given away.
    /// <see cref="CheckpointError.LimitExceeded"/>: the pages are used up. <see cref="CheckpointError.TryAgain"/>: the other silo does not send it.</exception>
    public async Task PullAsync(PullTicket ticket, WorkProgress progress, CancellationToken cancellationToken)
    {
        progress.TotalBytes = ticket.Parts.Sum(part => part.LengthBytes);
        var parts = new List<StagedPart>();
        try
        {
            foreach (ParcelPart part in ticket.Parts)
            {
                PageRun run = PageRun.Rent(pool, 0, part.LengthBytes);
                parts.Add(new StagedPart(ticket.Shard, ticket.Incarnation, part.Part, run));
                await FillAsync(ticket, part, run, cancellationToken).ConfigureAwait(false);
                progress.Add(part.LengthBytes);
            }

            staged.Add(ticket.HandOver, parts);
        }
        catch
        {
            parts.ForEach(part => part.Run.Release());
            throw;
        }
    }

    private async Task FillAsync(PullTicket ticket, ParcelPart part, PageRun run, CancellationToken cancellationToken)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                byte[] digest = await FetchAsync(ticket, part, run, cancellationToken).ConfigureAwait(false);
                if (!part.Sha256.AsSpan().SequenceEqual(digest))
                {
                    throw CheckpointException.Corrupt(
                        AddressOf(ticket, part).ToString(), 0, $"the {part.Part} of shard '{ticket.Shard}' has another digest than when it was handed over.");
                }

                return;
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException && tries < TriesMax)
            {
                await Task.Delay(Pause * tries, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException)
            {
                throw new CheckpointException(
                    CheckpointError.TryAgain, $"The {part.Part} of shard '{ticket.Shard}' could not be fetched from {ticket.Source}: {fault.Message}", fault);
            }
        }
    }

    private async Task<byte[]> FetchAsync(PullTicket ticket, ParcelPart part, PageRun run, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using HttpResponseMessage response = await http.GetAsync(
            AddressOf(ticket, part), HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        if (response.Content.Headers.ContentLength != part.LengthBytes)
        {
            throw new HttpRequestException($"{AddressOf(ticket, part)} answered {response.Content.Headers.ContentLength} bytes of {part.LengthBytes}.");
        }

        using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        for (int page = 0; page < run.PageCount; page++)
        {
            Memory<byte> bytes = run.BytesOf(page);
            await body.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            hash.AppendData(bytes.Span);
        }

        return hash.GetHashAndReset();
    }

    private static Uri AddressOf(PullTicket ticket, ParcelPart part)
    {
        ShardId shard = ticket.Shard;
        string name = part.Part == TensorPart.Value ? "value" : "shadow";
        return new Uri(
            ticket.Source,
            $"/v1/models/{Uri.EscapeDataString(shard.Model)}/shards/{shard.Index}/{name}/handovers/{ticket.HandOver}?variable=" +
            Uri.EscapeDataString(shard.Variable));
    }
}
