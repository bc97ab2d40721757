using Cairn.Format.Statistics;
using Cairn.Format.Tensors;

namespace Cairn.Cli.Output;

/// <summary>Keeps the texts of the few elements that are printed, as a tensor passes by.</summary>
internal static class VisibleTexts
{
    /// <summary>Fills in <paramref name="texts"/>, whose keys are the numbers of the elements.</summary>
    public static TensorBlocks.Look Collector(Dictionary<long, string> texts, TensorDType dtype)
    {
        Queue<long> waiting = new(texts.Keys.Order());
        int unit = dtype.ElementBytes();
        return (element, bytes) =>
        {
            while (waiting.TryPeek(out long next) && next < element + (bytes.Length / unit))
            {
                texts[waiting.Dequeue()] = TensorElement.Read(dtype, bytes.Slice((int)(next - element) * unit, unit)).Text;
            }
        };
    }
}
