using System.Buffers;
using System.Globalization;
using System.Text;
using Cairn.Format.Errors;

namespace Cairn.Format.Checkpoints;

/// <summary>Cuts protobuf's text format into words: names and numbers, strings, single marks. Comments (<c>#</c> to the end of the line) and white space are
/// passed over.</summary>
/// <remarks>
/// <code>
/// word    = [A-Za-z0-9_.+]+ , and a '-' or '+' after the e of an exponent
/// string  = '"' ... '"' or "'" ... "'" on one line; escapes \n \r \t \a \b \f \v \? \' \" \\ \ooo \xhh \uhhhh \Uhhhhhhhh
/// mark    = any other character
/// </code>
/// </remarks>
internal ref struct TextFormatScanner(ReadOnlySpan<byte> utf8, string file)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _utf8 = utf8;
    private readonly string _file = file;
    private int _position = utf8.StartsWith("\uFEFF"u8) ? 3 : 0;

    /// <summary>The next byte that is neither space nor comment, without taking it; 0 at the end.</summary>
    public byte Peek()
    {
        while (_position < _utf8.Length)
        {
            byte b = _utf8[_position];
            if (b == '#')
            {
                int end = _utf8[_position..].IndexOf((byte)'\n');
                _position = end < 0 ? _utf8.Length : _position + end;
            }
            else if (b is (byte)' ' or (>= (byte)'\t' and <= (byte)'\r'))
            {
                _position++;
            }
            else
            {
                return b == 0 ? throw Fault("a NUL is not text") : b;
            }
        }

        return 0;
    }

    public bool TryTake(char mark)
    {
        if (Peek() != mark)
        {
            return false;
        }

        _position++;
        return true;
    }

    /// <summary>Takes a name or a number; empty if the next thing is neither.</summary>
    public string TakeWord()
    {
        Peek();
        int start = _position;
        while (_position < _utf8.Length && IsOfWord(start))
        {
            _position++;
        }

        return Encoding.ASCII.GetString(_utf8[start.._position]);
    }

    /// <summary>Takes one or more strings that follow each other, joined.</summary>
    public string TakeStrings()
    {
        Peek();
        int start = _position;
        ReadOnlySpan<byte> bytes = TakeStringBytes();
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            _position = start;
            throw Fault("the string is not UTF-8");
        }
    }

    /// <summary>Takes strings as <see cref="TakeStrings"/> does, whose bytes need not be text.</summary>
    public ReadOnlySpan<byte> TakeStringBytes()
    {
        if (Peek() is not ((byte)'"' or (byte)'\''))
        {
            throw Fault("a string in quotes is expected");
        }

        ArrayBufferWriter<byte> content = new();
        while (Peek() is (byte)'"' or (byte)'\'')
        {
            TakeString(content);
        }

        return content.WrittenSpan;
    }

    /// <summary>The refusal of the file, at the place that has been reached.</summary>
    public readonly CheckpointException Fault(string reason)
    {
        ReadOnlySpan<byte> before = _utf8[..Math.Min(_position, _utf8.Length)];
        int line = before.Count((byte)'\n') + 1;
        int column = 1;
        foreach (byte b in before[(before.LastIndexOf((byte)'\n') + 1)..])
        {
            column += (b & 0xC0) == 0x80 ? 0 : 1; // The later bytes of a UTF-8 character are no column of their own.
        }

        return new CheckpointException(CheckpointError.Corrupt, $"'{_file}' is not a checkpoint state file: line {line}, column {column}: {reason}.");
    }

    private readonly bool IsOfWord(int start)
    {
        byte b = _utf8[_position];
        return char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'.'
            || (b is (byte)'-' or (byte)'+' && _position > start && char.IsAsciiDigit((char)_utf8[start]) && _utf8[_position - 1] is (byte)'e' or (byte)'E');
    }

    private void TakeString(ArrayBufferWriter<byte> content)
    {
        byte quote = _utf8[_position++];
        while (true)
        {
            if (_position == _utf8.Length || _utf8[_position] is (byte)'\n' or 0)
            {
                throw Fault("the string does not end on its line");
            }

            byte b = _utf8[_position++];
            if (b == quote)
            {
                return;
            }

            if (b == '\\')
            {
                TakeEscape(content);
            }
            else
            {
                content.Write([b]);
            }
        }
    }

    private void TakeEscape(ArrayBufferWriter<byte> content)
    {
        int start = _position - 1;
        byte b = _position < _utf8.Length ? _utf8[_position++] : (byte)0;
        switch ((char)b)
        {
            case >= '0' and <= '7':
                _position--;
                content.Write([(byte)TakeDigits(8, 1, 3, byte.MaxValue, start)]);
                break;
            case 'x' or 'X':
                content.Write([(byte)TakeDigits(16, 1, 2, byte.MaxValue, start)]);
                break;
            case 'u' or 'U':
                WriteRune(content, TakeDigits(16, b == 'u' ? 4 : 8, b == 'u' ? 4 : 8, 0x10FFFF, start), start);
                break;
            default:
                int known = "nrtabfv\\'\"?".IndexOf((char)b, StringComparison.Ordinal);
                if (known < 0)
                {
                    _position = start;
                    throw Fault("an unknown escape");
                }

                content.Write([(byte)"\n\r\t\a\b\f\v\\'\"?"[known]]);
                break;
        }
    }

    private void WriteRune(ArrayBufferWriter<byte> content, int code, int start)
    {
        if (code is >= 0xD800 and <= 0xDBFF && _utf8[_position..].StartsWith("\\u"u8))
        {
            _position += 2;
            int low = TakeDigits(16, 4, 4, 0xFFFF, start);
            code = low is >= 0xDC00 and <= 0xDFFF ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00) : -1;
        }

        if (!Rune.TryCreate(code, out Rune rune))
        {
            _position = start;
            throw Fault("half a surrogate pair is no character");
        }

        Span<byte> bytes = stackalloc byte[4];
        content.Write(bytes[..rune.EncodeToUtf8(bytes)]);
    }

    private int TakeDigits(int radix, int countMin, int countMax, int valueMax, int start)
    {
        long value = 0;
        int count = 0;
        while (count < countMax && _position < _utf8.Length && DigitOf(_utf8[_position]) is int digit && digit < radix)
        {
            value = (value * radix) + digit;
            _position++;
            count++;
        }

        if (count < countMin || value > valueMax)
        {
            _position = start;
            throw Fault("an escape with too few digits, or too large a number");
        }

        return (int)value;
    }

    private static int DigitOf(byte b) =>
        int.TryParse([(char)b], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int digit) ? digit : int.MaxValue;
}
