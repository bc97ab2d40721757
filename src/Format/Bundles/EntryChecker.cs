using Cairn.Format.Checksums;
using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>Checks the bytes of one entry as they pass, in pieces of any size and in order: their structure and their checksum, in bounded memory.</summary>
internal abstract class EntryChecker
{
    /// <summary>What is wrong so far.</summary>
    protected string? Fault { get; set; }

    /// <summary>The checker for an entry's dtype.</summary>
    public static EntryChecker For(BundleEntry entry, bool isBigEndian) => entry.DType switch
    {
        TensorDType.String => new StringChecker(entry.Shape.ElementCount, entry.Data.LengthBytes, isBigEndian),
        TensorDType.Variant => new VariantChecker(entry.Shape.ElementCount, isBigEndian),
        _ => new PlainChecker(),
    };

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (Fault is null)
        {
            Take(bytes);
        }
    }

    /// <summary>After all bytes: what is wrong with them, or null.</summary>
    /// <param name="storedCrc">The checksum of the index, unmasked.</param>
    public string? Complete(uint storedCrc)
    {
        if (Fault is not null)
        {
            return Fault;
        }

        uint actual = Finish();
        return Fault ?? (actual == storedCrc ? null : Crc32C.Mismatch(storedCrc, actual));
    }

    /// <summary>Takes bytes while no fault is known.</summary>
    protected abstract void Take(ReadOnlySpan<byte> bytes);

    /// <summary>The checksum of everything.</summary>
    protected abstract uint Finish();

    private sealed class PlainChecker : EntryChecker
    {
        private uint _crc;

        protected override void Take(ReadOnlySpan<byte> bytes) => _crc = Crc32C.Append(_crc, bytes);

        protected override uint Finish() => _crc;
    }
}
