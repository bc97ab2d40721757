using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Definitions;

/// <summary>Collects what is wrong with a definition, so that all of it is said at once.</summary>
internal sealed class DefinitionFaults
{
    private readonly List<string> _faults = [];
    private bool _onlyLimits = true;

    /// <summary>True while nothing is wrong.</summary>
    public bool IsEmpty => _faults.Count == 0;

    /// <summary>Something that no option would allow.</summary>
    public void Wrong(string fault)
    {
        _faults.Add(fault);
        _onlyLimits = false;
    }

    /// <summary>Something that an option limits.</summary>
    public void OverLimit(string fault) => _faults.Add(fault);

    /// <summary>Throws what was collected, the first <paramref name="shownMax"/> in words.</summary>
    /// <exception cref="CheckpointException">Something was.</exception>
    public void ThrowIfAny(string subject, int shownMax)
    {
        if (IsEmpty)
        {
            return;
        }

        string more = _faults.Count > shownMax ? $"; and {_faults.Count - shownMax} more" : "";
        throw new CheckpointException(
            _onlyLimits ? CheckpointError.LimitExceeded : CheckpointError.InvalidArgument, $"{subject}: {string.Join("; ", _faults.Take(shownMax))}{more}.");
    }
}
