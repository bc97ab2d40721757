namespace Cairn.Grains.Coordination.Records;

/// <summary>What was requested.</summary>
internal enum RequestKind
{
    /// <summary>A save.</summary>
    Save,

    /// <summary>A restore.</summary>
    Restore,
}
