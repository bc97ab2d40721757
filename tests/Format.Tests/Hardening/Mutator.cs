namespace Cairn.Format.Tests.Hardening;

/// <summary>Damages bytes in the ways that break parsers: flips, cuts, repeats, exchanges, and the numbers at the edges. The same seed does the same.</summary>
internal sealed class Mutator(int seed)
{
    private static readonly byte[][] Edges =
    [
        [0x00], [0x01], [0x7F], [0x80], [0xFF], [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0x80, 0x80, 0x80, 0x80, 0x10], [0xFF, 0xFF, 0xFF, 0xFF, 0x07],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
    ];

    private readonly Random _random = new(seed);

    /// <summary>A damaged copy.</summary>
    public byte[] Mutate(ReadOnlySpan<byte> source)
    {
        List<byte> bytes = [.. source];
        int edits = _random.Next(1, 5);
        for (int edit = 0; edit < edits; edit++)
        {
            Edit(bytes);
        }

        return [.. bytes];
    }

    /// <summary>A number below <paramref name="limit"/>.</summary>
    public int Next(int limit) => _random.Next(limit);

    private void Edit(List<byte> bytes)
    {
        int at = _random.Next(bytes.Count + 1);
        int length = Math.Min(_random.Next(1, 17), bytes.Count - at);
        switch (_random.Next(7))
        {
            case 0 when length > 0:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when length > 0:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 2:
                bytes.InsertRange(at, Edges[_random.Next(Edges.Length)]);
                break;
            case 3:
                bytes.RemoveRange(at, length);
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 5 when length > 0:
                byte[] edge = Edges[_random.Next(Edges.Length)];
                for (int i = 0; i < edge.Length && at + i < bytes.Count; i++)
                {
                    bytes[at + i] = edge[i];
                }

                break;
            default:
                bytes.RemoveRange(at, Math.Min(bytes.Count - at, _random.Next(10) == 0 ? bytes.Count - at : length));
                break;
        }
    }
}
