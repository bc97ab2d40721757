namespace Cairn.Format.Rewriting;

/// <summary>Which data file each piece goes to. Pure.</summary>
public static class ShardPlacement
{
    /// <summary>Spreads pieces over data files so that these are about equally long: the longest piece first, each to the file that has the fewest bytes so far, of
    /// equal ones to the first. No file is longer than 4/3 of the best possible (Graham 1969).</summary>
    /// <param name="lengths">The bytes of each piece.</param>
    /// <param name="shardCount">How many files.</param>
    /// <returns>The number of the file for each piece.</returns>
    public static int[] Balance(IReadOnlyList<long> lengths, int shardCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shardCount, 1);
        int[] shards = new int[lengths.Count];
        PriorityQueue<int, (Int128 Bytes, int Shard)> files = new(Enumerable.Range(0, shardCount).Select(shard => (shard, ((Int128)0, shard))));
        foreach (int piece in Enumerable.Range(0, lengths.Count).OrderByDescending(piece => lengths[piece]).ThenBy(piece => piece))
        {
            files.TryDequeue(out int shard, out (Int128 Bytes, int Shard) filled);
            shards[piece] = shard;

            // An empty tensor counts too, so that many of them do not all go to one file.
            files.Enqueue(shard, (filled.Bytes + Math.Max(lengths[piece], 1), shard));
        }

        return shards;
    }
}
