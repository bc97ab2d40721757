using System.Runtime.CompilerServices;
using Cairn.Format.Blobs;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;

namespace Cairn.Format.Checkpoints;

/// <summary>Waits for new checkpoints of a folder, as <c>tf.train.checkpoints_iterator</c>.</summary>
/// <example><code>
/// await foreach (CheckpointPrefix prefix in CheckpointWatcher.WatchAsync(store, "train", options: null, cancellationToken)) { Evaluate(prefix); }
/// </code></example>
public static class CheckpointWatcher
{
    private static readonly TimeSpan PollIntervalMin = TimeSpan.FromMilliseconds(1);

    /// <summary>The newest checkpoint of a folder, each time it is another one. The one that is there at the beginning comes first; of several that come between
    /// two looks, only the newest.</summary>
    /// <param name="store">Where the folder is.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="options">Null for the defaults: the watch goes on until it is cancelled.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: an option is out of range. Else as
    /// <see cref="CheckpointFolder.LatestAsync"/>.</exception>
    public static async IAsyncEnumerable<CheckpointPrefix> WatchAsync(
        IBlobStore store, string folder, CheckpointWatchOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        options ??= new CheckpointWatchOptions();
        CheckpointPrefix? last = null;
        while (true)
        {
            CheckpointPrefix? found = await WaitForNewAsync(store, folder, last, options, cancellationToken).ConfigureAwait(false);
            if (found is not { } prefix)
            {
                if (options.EndsAfterTimeout?.Invoke() ?? true)
                {
                    yield break;
                }

                continue;
            }

            last = prefix;
            long begun = options.Time.GetTimestamp();
            yield return prefix;
            TimeSpan left = options.MinInterval - options.Time.GetElapsedTime(begun);
            if (left > TimeSpan.Zero)
            {
                await Task.Delay(left, options.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits for a checkpoint that is not <paramref name="last"/> (<c>wait_for_new_checkpoint</c>). Null when the time is over.</summary>
    /// <param name="store">Where the folder is.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="last">The one that is known; null takes any.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="CheckpointException">As <see cref="WatchAsync"/>.</exception>
    public static async ValueTask<CheckpointPrefix?> WaitForNewAsync(
        IBlobStore store, string folder, CheckpointPrefix? last, CheckpointWatchOptions? options, CancellationToken cancellationToken)
    {
        options ??= new CheckpointWatchOptions();
        if (options.PollInterval < PollIntervalMin)
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument, $"The time between two looks at '{folder}' is {options.PollInterval}; it must be {PollIntervalMin} or more.");
        }

        long begun = options.Time.GetTimestamp();
        while (true)
        {
            LatestCheckpoint latest = await CheckpointFolder.LatestAsync(store, folder, options.LatestFileName, cancellationToken).ConfigureAwait(false);
            if (latest.Prefix is { } prefix && prefix != last)
            {
                return prefix;
            }

            if (options.Timeout is { } timeout && options.Time.GetElapsedTime(begun) + options.PollInterval > timeout)
            {
                return null;
            }

            await Task.Delay(options.PollInterval, options.Time, cancellationToken).ConfigureAwait(false);
        }
    }
}
