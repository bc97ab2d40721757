using System.Globalization;
using System.Runtime.CompilerServices;
using Cairn.Simulation.Engine;

namespace Cairn.Simulation.Stories;

/// <summary>Takes a story down, for people to read. Off unless one story is told.</summary>
internal sealed class Trace(Pump pump, TextWriter? output)
{
    /// <summary>Whether anything is taken down.</summary>
    public bool IsOn => output is not null;

    /// <summary>Takes a line down.</summary>
    public void Tell(Party? who, [InterpolatedStringHandlerArgument("")] ref TraceText text)
    {
        if (output is not null)
        {
            Write(who?.Name ?? "-", text.ToText());
        }
    }

    /// <summary>Takes down what a coordinator logs.</summary>
    public void Write(string who, string text) =>
        output?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeSpan.FromTicks(pump.Now).TotalSeconds,11:0.0000} {who,-8} {text}"));
}
