using System.Collections.Immutable;
using System.Globalization;

namespace Cairn.Format.Checkpoints;

/// <summary>Reads a state file in protobuf's text format.</summary>
/// <remarks>
/// <code>
/// message = { field [ ',' | ';' ] }
/// field   = NAME ( ':' value | [ ':' ] nested )        NAME may be a number or [extension.name]
/// value   = scalar | '[' [ value { ',' value } ] ']'
/// nested  = '{' message '}' | '&lt;' message '&gt;'
/// </code>
/// A field that is given again replaces what it was, as in TensorFlow, which merges the file into an empty message.
/// </remarks>
internal ref struct CheckpointStateParser(ReadOnlySpan<byte> utf8, string file)
{
    private const int DepthMax = 100; // protobuf's own limit

    private TextFormatScanner _scanner = new(utf8, file);

    public CheckpointState Parse()
    {
        string model = "";
        double lastPreserved = 0;
        ImmutableArray<string>.Builder paths = ImmutableArray.CreateBuilder<string>();
        ImmutableArray<double>.Builder timestamps = ImmutableArray.CreateBuilder<double>();

        while (_scanner.Peek() != 0)
        {
            string name = TakeFieldName();
            switch (name)
            {
                case "model_checkpoint_path":
                    RequireColon(name);
                    model = _scanner.TakeStrings();
                    break;
                case "all_model_checkpoint_paths":
                    RequireColon(name);
                    TakeStringList(paths);
                    break;
                case "all_model_checkpoint_timestamps":
                    RequireColon(name);
                    TakeDoubleList(timestamps);
                    break;
                case "last_preserved_timestamp":
                    RequireColon(name);
                    lastPreserved = TakeDouble();
                    break;
                default:
                    SkipFieldValue(0);
                    break;
            }

            TakeSeparator();
        }

        return new CheckpointState
        {
            ModelCheckpointPath = model,
            AllModelCheckpointPaths = paths.ToImmutable(),
            AllModelCheckpointTimestamps = timestamps.ToImmutable(),
            LastPreservedTimestamp = lastPreserved,
        };
    }

    private string TakeFieldName()
    {
        if (_scanner.TryTake('['))
        {
            while (!_scanner.TryTake(']'))
            {
                if (_scanner.TakeWord().Length == 0 && !_scanner.TryTake('/'))
                {
                    throw _scanner.Fault("the name of an extension is expected");
                }
            }

            return "";
        }

        string name = _scanner.TakeWord();
        return name.Length > 0 ? name : throw _scanner.Fault("the name of a field is expected");
    }

    private void RequireColon(string name)
    {
        if (!_scanner.TryTake(':'))
        {
            throw _scanner.Fault($"':' is expected after '{name}'");
        }
    }

    private void TakeSeparator()
    {
        if (!_scanner.TryTake(','))
        {
            _scanner.TryTake(';');
        }
    }

    private void TakeStringList(ImmutableArray<string>.Builder values)
    {
        if (!_scanner.TryTake('['))
        {
            values.Add(_scanner.TakeStrings());
            return;
        }

        while (!EndsList())
        {
            values.Add(_scanner.TakeStrings());
            RequireComma();
        }
    }

    private void TakeDoubleList(ImmutableArray<double>.Builder values)
    {
        if (!_scanner.TryTake('['))
        {
            values.Add(TakeDouble());
            return;
        }

        while (!EndsList())
        {
            values.Add(TakeDouble());
            RequireComma();
        }
    }

    private bool EndsList() => _scanner.TryTake(']');

    // A comma must follow unless the list ends; the end itself is left for EndsList.
    private void RequireComma()
    {
        if (!_scanner.TryTake(',') && _scanner.Peek() != ']')
        {
            throw _scanner.Fault("',' or ']' is expected");
        }
    }

    private double TakeDouble()
    {
        bool negative = _scanner.TryTake('-');
        string word = _scanner.TakeWord();
        double value;
        switch (word.ToLowerInvariant())
        {
            case "inf" or "infinity" or "inff" or "infinityf":
                value = double.PositiveInfinity;
                break;
            case "nan" or "nanf":
                value = double.NaN;
                break;
            default:
                const NumberStyles Styles = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
                if (word.Length == 0 || !double.TryParse(word.TrimEnd('f', 'F'), Styles, CultureInfo.InvariantCulture, out value))
                {
                    throw _scanner.Fault($"a number is expected, not '{word}'");
                }

                break;
        }

        return negative ? -value : value;
    }

    private void SkipFieldValue(int depth)
    {
        bool colon = _scanner.TryTake(':');
        if (!TrySkipNested(depth))
        {
            if (!colon)
            {
                throw _scanner.Fault("':' or '{' is expected");
            }

            SkipValue(depth);
        }
    }

    private void SkipValue(int depth)
    {
        if (TrySkipNested(depth))
        {
            return;
        }

        if (_scanner.TryTake('['))
        {
            RequireDepth(depth);
            while (!EndsList())
            {
                SkipValue(depth + 1);
                RequireComma();
            }
        }
        else if (_scanner.Peek() is (byte)'"' or (byte)'\'')
        {
            _scanner.TakeStringBytes();
        }
        else
        {
            _scanner.TryTake('-');
            if (_scanner.TakeWord().Length == 0)
            {
                throw _scanner.Fault("a value is expected");
            }
        }
    }

    private bool TrySkipNested(int depth)
    {
        char end = _scanner.TryTake('{') ? '}' : _scanner.TryTake('<') ? '>' : '\0';
        if (end == '\0')
        {
            return false;
        }

        RequireDepth(depth);
        while (!_scanner.TryTake(end))
        {
            TakeFieldName();
            SkipFieldValue(depth + 1);
            TakeSeparator();
        }

        return true;
    }

    private readonly void RequireDepth(int depth)
    {
        if (depth >= DepthMax)
        {
            throw _scanner.Fault($"messages are nested deeper than {DepthMax}");
        }
    }
}
