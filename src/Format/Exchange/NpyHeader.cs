using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.Format.Exchange;

/// <summary>The head of a numpy array file.</summary>
/// <param name="TypeName">The type as numpy spells it.</param>
/// <param name="IsColumnMajor">The first axis is the fastest.</param>
/// <param name="Shape">The shape.</param>
/// <remarks><code>
/// file = 93 "NUMPY" | u8 major | u8 minor | u16 N (u32 from version 2 on) | N bytes of a Python dict, padded with spaces to 64 and ended by a line feed | elements
/// dict = {'descr': '&lt;f4', 'fortran_order': False, 'shape': (3, 2), }
/// </code>Source: numpy/lib/format.py.</remarks>
internal sealed partial record NpyHeader(string TypeName, bool IsColumnMajor, TensorShape Shape)
{
    /// <summary>What must be read to know the length of the head.</summary>
    public const int PreambleBytes = 12;

    /// <summary>The longest head that is read; numpy's own limit is 10,000.</summary>
    private const int HeadBytesMax = 1 << 16;

    private const int AlignmentBytes = 64;

    /// <summary>Room that numpy leaves for the first dimension to grow.</summary>
    private const int GrowthDigits = 21;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>How long the head is, all of it, from its first bytes.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: no array file begins so.</exception>
    public static int HeadLength(ReadOnlySpan<byte> preamble, string file)
    {
        if (preamble.Length < PreambleBytes || !preamble.StartsWith(Magic) || preamble[6] is < 1 or > 3)
        {
            throw CheckpointException.Corrupt(file, 0, "no numpy array begins so");
        }

        long length = preamble[6] == 1 ? 10 + BinaryPrimitives.ReadUInt16LittleEndian(preamble[8..]) : 12 + (long)BinaryPrimitives.ReadUInt32LittleEndian(preamble[8..]);
        return length is >= PreambleBytes and <= HeadBytesMax
            ? (int)length : throw CheckpointException.Corrupt(file, 8, $"the head of an array would have {length} bytes");
    }

    /// <summary>Reads a head.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: it is damaged. <see cref="CheckpointError.Unsupported"/>: the array is of
    /// records.</exception>
    public static NpyHeader Parse(ReadOnlySpan<byte> head, string file)
    {
        string dict = Encoding.UTF8.GetString(head[(head[6] == 1 ? 10 : 12)..]);
        Match match = Dict().Match(dict);
        if (!match.Success)
        {
            throw dict.Contains("'descr': [", StringComparison.Ordinal)
                ? new CheckpointException(CheckpointError.Unsupported, $"'{file}' is an array of records, which no tensor can be; save its fields apart.")
                : CheckpointException.Corrupt(file, 10, $"the head of the array does not say type, order and shape: {dict.TrimEnd()}");
        }

        List<long> dimensions = [];
        foreach (string number in match.Groups["shape"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            dimensions.Add(long.TryParse(number.TrimEnd('L'), NumberStyles.None, CultureInfo.InvariantCulture, out long dimension) ? dimension : -1);
        }

        return dimensions.Count <= TensorShape.RankMax && TensorShape.CountElements([.. dimensions]) is not null
            ? new NpyHeader(match.Groups["descr"].Value, match.Groups["order"].Value == "True", new TensorShape([.. dimensions]))
            : throw CheckpointException.Corrupt(file, 10, $"the array has no shape that a tensor can have: ({match.Groups["shape"].Value})");
    }

    /// <summary>The head as numpy writes it, version 1.0.</summary>
    public byte[] ToBytes()
    {
        string shape = Shape.Rank == 1 ? $"({Shape[0]},)" : $"({string.Join(", ", Shape.Dimensions)})";
        StringBuilder dict = new($"{{'descr': '{TypeName}', 'fortran_order': {(IsColumnMajor ? "True" : "False")}, 'shape': {shape}, }}");
        if (Shape.Rank > 0)
        {
            dict.Append(' ', GrowthDigits - Shape[IsColumnMajor ? Shape.Rank - 1 : 0].ToString(CultureInfo.InvariantCulture).Length);
        }

        int length = 10 + dict.Length + 1;
        dict.Append(' ', (AlignmentBytes - (length % AlignmentBytes)) % AlignmentBytes).Append('\n');
        byte[] lengthBytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(lengthBytes, (ushort)dict.Length);
        return [.. Magic, 1, 0, .. lengthBytes, .. Encoding.ASCII.GetBytes(dict.ToString())];
    }

    [GeneratedRegex(
        @"^\{\s*'descr':\s*'(?<descr>[^']*)',\s*'fortran_order':\s*(?<order>True|False),\s*'shape':\s*\((?<shape>[0-9L, ]*)\),?\s*\}\s*$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Dict();
}
