using Cairn.Format.Tensors;

namespace Cairn.Format.Bundles;

/// <summary>What the length of an entry must be, given its dtype and shape.</summary>
internal static class EntryRules
{
    /// <summary>TensorFlow's complaint about the length of an entry, or null when it is right. Of a type this version does not know, any length is.</summary>
    public static string? SizeFault(string name, BundleEntry entry)
    {
        Int128 elements = entry.Shape.ElementCount;
        long stored = entry.Data.LengthBytes;
        if (entry.DType is TensorDType.Invalid or TensorDType.Resource)
        {
            return $"key {name} has dtype {entry.DType.ShortName()}, which no checkpoint can hold";
        }

        if (entry.DType.IsFixedSize())
        {
            Int128 expected = elements * entry.DType.ElementBytes();
            return stored == expected ? null : $"Invalid size in bundle entry: key {name}; stored size {stored}; expected size {expected}";
        }

        // A string takes at least its length byte, a variant that and its checksum; the strings' own checksum may be missing only when there is no string.
        Int128 least = entry.DType switch
        {
            TensorDType.String => elements == 0 ? 0 : elements + sizeof(uint),
            TensorDType.Variant => elements * (1 + sizeof(uint)),
            _ => 0,
        };
        return stored >= least ? null : $"Invalid size in bundle entry: key {name}; stored size {stored}; expected size is at least {least}";
    }
}
