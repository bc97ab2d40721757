namespace Cairn.Chaos.Logs;

/// <summary>What an update does.</summary>
internal enum UpdateAction
{
    /// <summary>Gives every element a new value.</summary>
    Assign,

    /// <summary>Adds element by element.</summary>
    Add,

    /// <summary>Subtracts element by element.</summary>
    Sub,

    /// <summary>Moves every average of the trainer's own variables once.</summary>
    Average,
}
