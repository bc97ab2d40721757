using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Storage.Local;

namespace Cairn.Storage.Addresses;

/// <summary>A place in a store that a user named: the store, rooted at the folder, and the name in it.</summary>
/// <param name="Store">The store.</param>
/// <param name="Name">The last part of the address; empty for a folder, and for a prefix that ends in <c>/</c> (whose index is <c>.index</c>).</param>
public sealed record StoreLocation(IBlobStore Store, string Name)
{
    /// <summary>The place as one text, for messages.</summary>
    public string Address => $"{Store.Address}/{Name}";

    /// <summary>Opens the folder of a checkpoint's prefix, such as <c>a/b/model.ckpt-1</c> or <c>azblob://container/a/model.ckpt-1</c>.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: no address, or no name.</exception>
    public static StoreLocation OfPrefix(string address, StoreOptions? options = null)
    {
        (StoreAddress folder, string name) = StoreAddress.Parse(address).SplitName();
        if (name.Length > 0)
        {
            BlobName.Check(name);
        }

        return new StoreLocation(folder.Open(options ?? OfUser()), name);
    }

    /// <summary>Opens a folder.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: no address.</exception>
    public static StoreLocation OfFolder(string address, StoreOptions? options = null) => new(StoreAddress.Parse(address).Open(options ?? OfUser()), "");

    // Who names a folder of his own machine may have linked it together as he likes.
    internal static StoreOptions OfUser() => new() { Local = new LocalBlobStoreOptions { FollowsLinksOutside = true } };
}
