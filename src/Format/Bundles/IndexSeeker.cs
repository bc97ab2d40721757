using System.Collections.Immutable;
using Cairn.Format.Errors;
using Cairn.Format.Tables;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>Finds single tensors in the index of a bundle.</summary>
internal sealed class IndexSeeker(TableSeeker table, BundleHeader header, string fileName)
{
    /// <summary>The header as stored.</summary>
    public BundleHeader Header => header;

    /// <summary>The index file, for messages.</summary>
    public string FileName => fileName;

    /// <summary>The header of an index.</summary>
    public static async ValueTask<BundleHeader> ReadHeaderAsync(TableSeeker table, string fileName, CancellationToken cancellationToken)
    {
        // Of a table of another kind, the first entry tells what it is.
        TableEntry first = await table.TryFindAsync([], cancellationToken).ConfigureAwait(false)
            ?? await table.FirstAsync(cancellationToken).ConfigureAwait(false)
            ?? throw BundleIndexParser.NoHeader(fileName);
        return BundleIndexParser.ParseHeader(first, fileName);
    }

    /// <summary>What the index says of a tensor, or null.</summary>
    public async ValueTask<BundleTensor?> FindAsync(string name, CancellationToken cancellationToken)
    {
        byte[] key = TensorNames.KeyOf(name);
        if (key.Length == 0 || await RecordAsync(key, cancellationToken).ConfigureAwait(false) is not { } whole)
        {
            return null;
        }

        if (!whole.Entry.IsSliced)
        {
            return new BundleTensor(key, whole.Entry, [new BundlePart(name, TensorSlice.Full(whole.Entry.Shape.Rank), whole.Entry)]);
        }

        ImmutableArray<BundlePart>.Builder parts = ImmutableArray.CreateBuilder<BundlePart>(whole.Entry.Slices.Length);
        foreach (TensorSlice slice in whole.Entry.Slices)
        {
            BundleRecord? stored = await RecordAsync(SliceKeys.Encode(key, slice), cancellationToken).ConfigureAwait(false);
            parts.Add(BundleIndexParser.PartOf(name, whole, slice, stored, FileName));
        }

        return new BundleTensor(key, whole.Entry, parts.MoveToImmutable());
    }

    /// <summary>The tensor of a name.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>, with the nearest names of the block in which it would stand.</exception>
    public async ValueTask<BundleTensor> GetAsync(string name, CancellationToken cancellationToken)
    {
        if (await FindAsync(name, cancellationToken).ConfigureAwait(false) is { } tensor)
        {
            return tensor;
        }

        IReadOnlyList<TableEntry> neighbours = await table.BlockEntriesAsync(TensorNames.KeyOf(name), cancellationToken).ConfigureAwait(false);
        string hint = NearestNames.Hint(name, neighbours.Where(entry => entry.Key is [not 0, ..]).Select(entry => TensorNames.NameOf(entry.Key)));
        throw new CheckpointException(CheckpointError.NotFound, $"Key {name} not found in checkpoint '{FileName}'{hint}.");
    }

    private async ValueTask<BundleRecord?> RecordAsync(byte[] key, CancellationToken cancellationToken) =>
        await table.TryFindAsync(key, cancellationToken).ConfigureAwait(false) is { } entry ? BundleIndexParser.ParseRecord(entry, Header, FileName) : null;
}
