using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Cairn.Client;

/// <summary>Which name of a checkpoint belongs to which variable. It keeps its order and prints itself.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "A map of names is what it is.")]
public sealed class NameMap : IReadOnlyDictionary<string, Variable>
{
    private readonly List<KeyValuePair<string, Variable>> _pairs = [];
    private readonly Dictionary<string, Variable> _byName = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public int Count => _pairs.Count;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _pairs.Select(pair => pair.Key);

    /// <inheritdoc/>
    public IEnumerable<Variable> Values => _pairs.Select(pair => pair.Value);

    /// <inheritdoc/>
    public Variable this[string key] => _byName[key];

    /// <summary>Adds a pair.</summary>
    /// <exception cref="ArgumentException">The name is there already.</exception>
    public void Add(string name, Variable variable)
    {
        _byName.Add(name, variable);
        _pairs.Add(new(name, variable));
    }

    /// <inheritdoc/>
    public bool ContainsKey(string key) => _byName.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out Variable value) => _byName.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, Variable>> GetEnumerator() => _pairs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary><c>v/ExponentialMovingAverage -> v</c>, a line for each pair.</summary>
    public override string ToString() => string.Join(Environment.NewLine, _pairs.Select(pair => $"{pair.Key} -> {pair.Value.Name}"));
}
