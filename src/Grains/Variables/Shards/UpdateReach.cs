namespace Cairn.Grains.Variables.Shards;

/// <summary>The versions of a shard that an update runs on.</summary>
internal enum UpdateReach
{
    /// <summary>None: it was applied before.</summary>
    Nothing = 0,

    /// <summary>The live one.</summary>
    Live = 1,

    /// <summary>The live one, after the version at its cut was put aside: it is the first that the shard hears of the cut.</summary>
    LiveAfterFork = 2,

    /// <summary>The live one and the one being cut: its step lies before the cut.</summary>
    Both = 3,
}
