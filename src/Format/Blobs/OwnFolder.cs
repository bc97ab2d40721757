namespace Cairn.Format.Blobs;

/// <summary>The folder at the store's root that Cairn keeps for itself: records, definitions, stagings.</summary>
public static class OwnFolder
{
    /// <summary>Its name.</summary>
    public const string Name = "_cairn";

    /// <summary>Its name as the front of blobs' names.</summary>
    public const string Path = Name + "/";
}
