namespace Cairn.Chaos.Models;

/// <summary>What a variable of the chaos model is for.</summary>
internal enum PlannedKind
{
    /// <summary>float32 with a moving average; one trainer alone writes it, so that the order of its updates is that trainer's.</summary>
    Owned,

    /// <summary>float32 to which every trainer adds integers, which are exact in any order.</summary>
    SharedFloats,

    /// <summary>int64 to which every trainer adds; it wraps around, which is exact too.</summary>
    SharedLongs,
}
