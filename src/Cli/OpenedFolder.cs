using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Checkpoints;
using Cairn.Storage.Addresses;

namespace Cairn.Cli;

/// <summary>A folder of checkpoints that the command line names, and the store it is in.</summary>
/// <param name="Address">As it was typed.</param>
/// <param name="Store">The store.</param>
/// <param name="Name">The folder's name there, empty for the store's root.</param>
internal sealed record OpenedFolder(string Address, IBlobStore Store, string Name)
{
    public static OpenedFolder Open(string address)
    {
        StoreLocation location = StoreLocation.OfFolder(address);
        return new OpenedFolder(address, location.Store, location.Name);
    }

    /// <summary>What the folder's listing says of a checkpoint, or null if it does not have it.</summary>
    public async Task<CheckpointListing?> FindAsync(CheckpointPrefix prefix, CancellationToken cancellationToken) =>
        (await CheckpointFolder.ListAsync(Store, Name, cancellationToken: cancellationToken)).FirstOrDefault(listing => listing.Prefix == prefix);

    /// <summary>How to name a checkpoint of this folder: the folder as it was typed and the file name, joined as TensorFlow joins them.</summary>
    public string AddressOf(CheckpointPrefix prefix) => Address.EndsWith('/') ? Address + prefix.FileName : $"{Address}/{prefix.FileName}";
}
