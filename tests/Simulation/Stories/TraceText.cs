using System.Globalization;
using System.Runtime.CompilerServices;

namespace Cairn.Simulation.Stories;

/// <summary>A line of a story, put together only when somebody reads it.</summary>
[InterpolatedStringHandler]
internal ref struct TraceText
{
    private DefaultInterpolatedStringHandler _text;

    public TraceText(int literalLength, int formattedCount, Trace trace, out bool isOn)
    {
        isOn = trace.IsOn;
        _text = isOn ? new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture) : default;
    }

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string format) => _text.AppendFormatted(value, format);

    public string ToText() => _text.ToStringAndClear();
}
