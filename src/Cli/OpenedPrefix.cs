using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Storage.Addresses;

namespace Cairn.Cli;

/// <summary>A checkpoint that the command line names, and the store it is in.</summary>
/// <param name="Address">As it was typed.</param>
/// <param name="Store">The store.</param>
/// <param name="Prefix">Its name there.</param>
internal sealed record OpenedPrefix(string Address, IBlobStore Store, CheckpointPrefix Prefix)
{
    public BundleLocation Location => new(Store, Prefix);

    public static OpenedPrefix Open(string address)
    {
        StoreLocation location = StoreLocation.OfPrefix(address);
        return new OpenedPrefix(address, location.Store, new CheckpointPrefix(location.Name));
    }
}
