using Cairn.Format.Errors;

namespace Cairn.Storage.Blocks;

/// <summary>Which blocks of one upload are staged, and whether they make a whole blob. The same rules for every store. Safe from several threads.</summary>
internal sealed class BlockLedger(string blob)
{
    /// <summary>Azure's limit on the blocks of one blob.</summary>
    public const int CountMax = 50_000;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, Block> _blocks = [];

    /// <summary>Takes the place of a block before its bytes move. The same block may come again after a fault, but not with another place or length: bytes of
    /// the first try may lie there.</summary>
    public void Claim(int ordinal, long offsetBytes, int lengthBytes)
    {
        if (ordinal is < 0 or >= CountMax || offsetBytes < 0)
        {
            throw Refusal($"block {ordinal} at byte {offsetBytes} is out of range; blocks count from 0 to {CountMax - 1}");
        }

        lock (_lock)
        {
            if (!_blocks.TryGetValue(ordinal, out Block? block))
            {
                _blocks.Add(ordinal, new Block(offsetBytes, lengthBytes, IsStaged: false));
            }
            else if (block.OffsetBytes != offsetBytes || block.LengthBytes != lengthBytes)
            {
                throw Refusal($"block {ordinal} came before with {block.LengthBytes} bytes at {block.OffsetBytes}, "
                    + $"and now with {lengthBytes} at {offsetBytes}");
            }
        }
    }

    /// <summary>The store has the bytes of a claimed block.</summary>
    public void Confirm(int ordinal)
    {
        lock (_lock)
        {
            _blocks[ordinal] = _blocks[ordinal] with { IsStaged = true };
        }
    }

    /// <summary>The number of blocks and the length of the blob they make.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: a block is missing, not staged, or not where the one before it
    /// ends.</exception>
    public (int Count, long LengthBytes) Total()
    {
        lock (_lock)
        {
            int count = 0;
            long lengthBytes = 0;
            foreach ((int ordinal, Block block) in _blocks)
            {
                if (ordinal != count || !block.IsStaged)
                {
                    throw Refusal($"block {count} is not staged; stage all blocks before committing");
                }

                if (block.OffsetBytes != lengthBytes)
                {
                    throw Refusal($"block {ordinal} was staged at byte {block.OffsetBytes}, but the blocks before it end at {lengthBytes}");
                }

                count++;
                lengthBytes = checked(lengthBytes + block.LengthBytes);
            }

            return (count, lengthBytes);
        }
    }

    private CheckpointException Refusal(string reason) => new(CheckpointError.InvalidArgument, $"Upload of '{blob}': {reason}.");

    private sealed record Block(long OffsetBytes, int LengthBytes, bool IsStaged);
}
