using System.Text;

namespace Cairn.Format.ObjectGraphs;

/// <summary>The spelling of object paths and of the keys made from them.</summary>
/// <remarks><code>
/// key   = path "/.ATTRIBUTES/" attribute            of the root itself: "/.ATTRIBUTES/" attribute
/// path  = name ("/" name)*                          each name with "." as ".." and "/" as ".S"
/// slot  = path "/.OPTIMIZER_SLOT/" optimiser's path "/" slot name
/// </code>Source: tensorflow/python/training/tracking/graph_view.py.</remarks>
public static class ObjectPaths
{
    internal const string AttributesFolder = ".ATTRIBUTES";

    private const string SlotFolder = ".OPTIMIZER_SLOT";

    /// <summary>A local name as it stands in a path.</summary>
    public static string Escape(string localName) =>
        localName.Replace(".", "..", StringComparison.Ordinal).Replace("/", ".S", StringComparison.Ordinal);

    /// <summary>The local name that stands in a path as <paramref name="part"/>; what is no escape stays as it is.</summary>
    public static string Unescape(string part)
    {
        var name = new StringBuilder(part.Length);
        for (int i = 0; i < part.Length; i++)
        {
            bool isEscape = part[i] == '.' && i + 1 < part.Length && part[i + 1] is '.' or 'S';
            name.Append(isEscape ? part[++i] == '.' ? '.' : '/' : part[i]);
        }

        return name.ToString();
    }

    /// <summary>The key of an attribute of the object at <paramref name="path"/>.</summary>
    public static string Key(string path, string attribute = ObjectAttribute.VariableValue) => $"{path}/{AttributesFolder}/{Escape(attribute)}";

    /// <summary>The path of a slot variable.</summary>
    public static string Slot(string variablePath, string optimizerPath, string slotName) =>
        $"{variablePath}/{SlotFolder}/{optimizerPath}/{Escape(slotName)}";

    internal static string Join(string path, string localName) => path.Length == 0 ? Escape(localName) : $"{path}/{Escape(localName)}";
}
