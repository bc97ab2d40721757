namespace Cairn.Grains.Coordination.Commits;

/// <summary>What is done next for an attempt that will be. Each step may be repeated; the last three end the attempt.</summary>
internal enum CommitStep
{
    /// <summary>See whose index is at the prefix: a predecessor may have come this far.</summary>
    LookAtIndex,

    /// <summary>See that every file is the writing that the record names.</summary>
    VerifyFiles,

    /// <summary>Replace: let no state file name the prefix.</summary>
    PointAway,

    /// <summary>Replace: remove the old index.</summary>
    RemoveOldIndex,

    /// <summary>Replace: copy the staged files to their names.</summary>
    PlaceFiles,

    /// <summary>Copy the index to its name: from here the checkpoint exists.</summary>
    PlaceIndex,

    /// <summary>Copy the state files to their names.</summary>
    PlaceStates,

    /// <summary>Remove files at the prefix that the checkpoint does not have.</summary>
    RemoveStale,

    /// <summary>Remove what the attempt published from, so that no late copy finds its source.</summary>
    RemoveWorkings,

    /// <summary>The end: committed.</summary>
    Resolve,

    /// <summary>The end: somebody else's index is there; what is ours is removed.</summary>
    Refuse,

    /// <summary>The end: files were changed under the commit; all is left as it is.</summary>
    Break,
}
