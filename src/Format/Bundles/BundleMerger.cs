using Cairn.Format.Blobs;
using Cairn.Format.Errors;

namespace Cairn.Format.Bundles;

/// <summary>Joins checkpoints that hold different tensors, or different slices of the same, into one: what TensorFlow's <c>MergeV2Checkpoints</c> does after a
/// sharded save. The data files become those of the merged checkpoint, byte for byte.</summary>
/// <remarks>TensorFlow moves the data files first and cannot go on after a crash. Here they are copied inside the store, the index is written last, and only then
/// the inputs go; a crash leaves them whole.</remarks>
public static class BundleMerger
{
    /// <summary>Merges <paramref name="inputs"/>, in their order, into <paramref name="destination"/>.</summary>
    /// <param name="store">Where all of them are.</param>
    /// <param name="inputs">The checkpoints, such as <c>model_temp/part-00000-of-00002</c>; the data files are numbered in this order.</param>
    /// <param name="destination">The merged checkpoint; none of the inputs.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends the work, but not the commit once it has begun.</param>
    /// <returns>The index of the merged checkpoint.</returns>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the inputs do not go together (a tensor twice, overlapping slices,
    /// another byte order or version, an empty checkpoint); nothing was changed. <see cref="CheckpointError.NotFound"/>: an input or a data file is missing.
    /// <see cref="CheckpointError.Corrupt"/>: an index is damaged, or a data file too short.
    /// <see cref="CheckpointError.AlreadyExists"/>: the destination is taken.</exception>
    public static async ValueTask<BundleIndex> MergeAsync(
        IBlobStore store, IReadOnlyList<CheckpointPrefix> inputs, CheckpointPrefix destination, BundleMergeOptions? options, CancellationToken cancellationToken)
    {
        options ??= new BundleMergeOptions();
        CheckNames(inputs, destination);
        var publication = new BundlePublication(store, destination, options.Overwrite);
        await publication.CheckIsFreeAsync(cancellationToken).ConfigureAwait(false);

        BundleMergePlan plan = await PlanAsync(store, inputs, options, cancellationToken).ConfigureAwait(false);
        byte[] bytes = plan.ToBytes();
        BundleIndex merged = BundleIndex.Parse(bytes, BundleFiles.Describe(store, destination.IndexName));
        List<BlobProperties> files = await FindFilesAsync(store, plan, cancellationToken).ConfigureAwait(false);

        await publication.CommitAsync(
            files.Select((file, number) => (destination.DataName(number, files.Count), Copy(store, file, destination.DataName(number, files.Count)))),
            bytes).ConfigureAwait(false);
        if (!options.KeepsInputs)
        {
            await DeleteInputsAsync(store, plan, files).ConfigureAwait(false);
        }

        return merged;
    }

    private static void CheckNames(IReadOnlyList<CheckpointPrefix> inputs, CheckpointPrefix destination)
    {
        if (inputs.Contains(destination))
        {
            throw Bad($"The merged checkpoint cannot have the name of an input: '{destination}'. Choose another destination.");
        }

        if (inputs.GroupBy(input => input).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw Bad($"'{twice.Key}' is given twice; every tensor of it would be a duplicate.");
        }
    }

    private static async ValueTask<BundleMergePlan> PlanAsync(
        IBlobStore store, IReadOnlyList<CheckpointPrefix> inputs, BundleMergeOptions options, CancellationToken cancellationToken)
    {
        var plan = new BundleMergePlan();
        foreach (CheckpointPrefix input in inputs)
        {
            bool mayBeMissing = options.AllowsMissingInputs;
            if (mayBeMissing && await store.TryGetPropertiesAsync(input.IndexName, cancellationToken).ConfigureAwait(false) is null)
            {
                continue;
            }

            plan.Add(input, await BundleIndex.ReadAsync(store, input, cancellationToken).ConfigureAwait(false));
        }

        return plan.Files.Count > 0 ? plan : throw Bad("At least one prefix checkpoint file must exist, but none existed.");
    }

    private static async ValueTask<List<BlobProperties>> FindFilesAsync(IBlobStore store, BundleMergePlan plan, CancellationToken cancellationToken)
    {
        List<BlobProperties> files = [];
        foreach (MergedDataFile wanted in plan.Files)
        {
            BlobProperties file = await store.TryGetPropertiesAsync(wanted.Name, cancellationToken).ConfigureAwait(false)
                ?? throw BundleFiles.MissingData(store, wanted.Name, wanted.ShardCount, $"{wanted.Last}");
            await BundleFiles.RefuseLfsPointerAsync(store, file, cancellationToken).ConfigureAwait(false);
            if (wanted.Last is { } last && wanted.EndBytes > file.LengthBytes)
            {
                throw CheckpointException.Corrupt(BundleFiles.Describe(store, file.Name), file.LengthBytes, BundleFiles.TooShort(last, file));
            }

            files.Add(file);
        }

        return files;
    }

    private static BundlePublication.Publish Copy(IBlobStore store, BlobProperties file, string name) =>
        condition => store.TryCopyAsync(file.Name, file.ETag, name, condition, CancellationToken.None);

    // The index first: an input whose data is half gone must not look like a checkpoint.
    private static async ValueTask DeleteInputsAsync(IBlobStore store, BundleMergePlan plan, List<BlobProperties> files)
    {
        IEnumerable<(string Name, BlobETag? ETag)> indexes = plan.Files.Select(file => file.Prefix).Distinct().Select(prefix => (prefix.IndexName, (BlobETag?)null));
        foreach ((string name, BlobETag? etag) in indexes.Concat(files.Select(file => (file.Name, (BlobETag?)file.ETag))))
        {
            try
            {
                await store.DeleteAsync(name, etag, CancellationToken.None).ConfigureAwait(false);
            }
            catch (CheckpointException)
            {
                // The merged checkpoint stands, and does not need what is left.
            }
        }
    }

    private static CheckpointException Bad(string message) => new(CheckpointError.InvalidArgument, message);
}
