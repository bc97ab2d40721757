using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;

namespace Cairn.Format.Exchange;

/// <summary>A file of another program, in a store.</summary>
/// <param name="Store">The store.</param>
/// <param name="Name">The file's name in it.</param>
public sealed record ExchangeBlob(IBlobStore Store, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => BundleFiles.Describe(Store, Name);

    /// <summary>What is known of the file.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: it is not there. <see cref="CheckpointError.Unsupported"/>: it is a Git LFS
    /// pointer.</exception>
    internal async ValueTask<BlobProperties> FindAsync(CancellationToken cancellationToken)
    {
        BlobProperties file = await Store.TryGetPropertiesAsync(Name, cancellationToken).ConfigureAwait(false)
            ?? throw new CheckpointException(CheckpointError.NotFound, $"There is no file '{this}'.");
        await BundleFiles.RefuseLfsPointerAsync(Store, file, cancellationToken).ConfigureAwait(false);
        return file;
    }

    /// <summary>Writes the file: nothing is visible before <paramref name="write"/> has ended.</summary>
    /// <param name="lengthBytes">About how long it will be.</param>
    /// <param name="overwrite">Whether a file of that name is replaced.</param>
    /// <param name="write">Writes all of it.</param>
    /// <param name="cancellationToken">Ends the work, but not the commit.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: the name is taken.</exception>
    internal async ValueTask WriteAsync(long lengthBytes, bool overwrite, Func<BlockUpload, ValueTask> write, CancellationToken cancellationToken)
    {
        if (!overwrite && await Store.TryGetPropertiesAsync(Name, cancellationToken).ConfigureAwait(false) is not null)
        {
            throw Taken();
        }

        BlockUpload upload = await BlockUpload.BeginSizedAsync(Store, Name, lengthBytes, cancellationToken).ConfigureAwait(false);
        await using (upload.ConfigureAwait(false))
        {
            await write(upload).ConfigureAwait(false);
            await upload.FlushAsync(cancellationToken).ConfigureAwait(false);
            BlobCondition condition = overwrite ? BlobCondition.None : BlobCondition.IfAbsent;
            if (await upload.TryCommitAsync(condition, CancellationToken.None).ConfigureAwait(false) is null)
            {
                throw Taken();
            }
        }
    }

    private CheckpointException Taken() => new(CheckpointError.AlreadyExists, $"'{this}' exists already. Choose another name, or say overwrite.");
}
