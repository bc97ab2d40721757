using System.Text;
using Cairn.Format.Errors;

namespace Cairn.Format.Blobs;

/// <summary>The rules that every store holds a blob's name to, so that a bundle can move from any store to any other.</summary>
public static class BlobName
{
    /// <summary>The longest name, in UTF-16 units (Azure's limit).</summary>
    public const int LengthMax = 1024;

    /// <summary>The longest part between two <c>/</c>, in bytes of UTF-8 (the limit of Linux file systems).</summary>
    public const int PartLengthBytesMax = 254;

    /// <summary>How the file names begin that stores keep for themselves; no part of a blob's name begins so.</summary>
    public const string ReservedPartPrefix = ".cairn-";

    /// <summary>Whether a blob may have this name.</summary>
    public static bool IsValid(string name) => NameFault(name) is null;

    /// <summary>Refuses a name that no blob may have.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>, with the name and the reason.</exception>
    public static void Check(string name)
    {
        if (NameFault(name) is { } reason)
        {
            throw Refusal("blob name", name, reason);
        }
    }

    /// <summary>Refuses a prefix that no blob's name could begin with; it may be empty or end inside a part.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>, with the prefix and the reason.</exception>
    public static void CheckPrefix(string prefix)
    {
        if (prefix.Length > 0 && (Fault(prefix) ?? FirstPartFault(prefix.Split('/').SkipLast(1))) is { } reason)
        {
            throw Refusal("blob name prefix", prefix, reason);
        }
    }

    private static string? NameFault(string name) => Fault(name) ?? FirstPartFault(name.Split('/'));

    private static string? FirstPartFault(IEnumerable<string> parts) => parts.Select(PartFault).FirstOrDefault(fault => fault is not null);

    private static string? Fault(string name) => name switch
    {
        "" => "it is empty",
        { Length: > LengthMax } => $"it has {name.Length} characters, {LengthMax} at most",
        _ when name[0] == '/' => "it is absolute; give it relative to the store",
        _ when name.Contains('\\') => "it holds a backslash; separate parts by '/'",
        _ when name.Any(char.IsControl) => "it holds a control character",
        _ when !IsWellFormed(name) => "it holds half of a surrogate pair",
        _ => null,
    };

    private static string? PartFault(string part) => part switch
    {
        "" => "a part between two '/' is empty",
        "." or ".." => $"it has a part '{part}'",
        _ when part.StartsWith(ReservedPartPrefix, StringComparison.Ordinal) => $"'{ReservedPartPrefix}' begins names that stores keep for themselves",
        _ when Encoding.UTF8.GetByteCount(part) > PartLengthBytesMax => $"a part is longer than {PartLengthBytesMax} bytes",
        _ => null,
    };

    private static bool IsWellFormed(string name)
    {
        for (int i = 0; i < name.Length; i++)
        {
            if (char.IsSurrogate(name[i]) && !(i + 1 < name.Length && char.IsSurrogatePair(name[i], name[++i])))
            {
                return false;
            }
        }

        return true;
    }

    private static CheckpointException Refusal(string what, string name, string reason)
    {
        // The name is shown short and without what could break a log line.
        string shown = string.Concat(name.Take(120).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
        return new CheckpointException(CheckpointError.InvalidArgument, $"'{shown}' is no {what}: {reason}.");
    }
}
