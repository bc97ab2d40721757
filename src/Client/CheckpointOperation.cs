using Cairn.Contracts.Checkpoints;

namespace Cairn.Client;

/// <summary>A save or restore that was started. It goes on whether somebody waits for it or not.</summary>
public sealed class CheckpointOperation
{
    /// <summary>How long the coordinator may hold one question; short with progress, so that it moves.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PatienceWithProgress = TimeSpan.FromMilliseconds(250);

    /// <summary>A commit or swap goes on past the deadline; after so much more its outcome is told as undecided.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    private readonly Model _model;
    private readonly TimeSpan _timeout;
    private OperationStatus _status;

    internal CheckpointOperation(Model model, OperationStatus status, TimeSpan timeout) => (_model, _status, _timeout) = (model, status, timeout);

    /// <summary>Its id, under which the coordinator knows it.</summary>
    public Guid Request => _status.Request;

    /// <summary>The checkpoint's prefix in the store, with the step.</summary>
    public string Prefix => _status.Prefix;

    /// <summary>The generation that is saved, or that the restore began.</summary>
    public long Generation => _status.Generation;

    /// <summary>Once it has succeeded: what is to be known of what it did, or null.</summary>
    public string? Note => _status.Phase == OperationPhase.Succeeded ? _status.Message : null;

    /// <summary>How it stands.</summary>
    public async Task<OperationStatus> GetStatusAsync(CancellationToken cancellationToken = default) =>
        await AskAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false);

    /// <summary>Waits until it has succeeded, and returns the prefix.</summary>
    /// <exception cref="CheckpointException">It failed; <see cref="CheckpointError.Undecided"/>: it is not known yet whether it did, ask again.</exception>
    public async Task<string> WaitAsync(IProgress<ByteProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        long start = TimeProvider.System.GetTimestamp();
        long reportedBytes = -1;
        OperationStatus status = _status;
        while (true)
        {
            if (progress is not null && status.DoneBytes > reportedBytes)
            {
                reportedBytes = status.DoneBytes;
                progress.Report(new ByteProgress(status.DoneBytes, status.TotalBytes));
            }

            if (status.IsDone)
            {
                return status.Phase == OperationPhase.Succeeded
                    ? status.Prefix
                    : throw new CheckpointException(
                        status.Error ?? CheckpointError.Aborted, status.Message ?? $"'{status.Prefix}' of model '{_model.Name}' failed without a reason.");
            }

            if (TimeProvider.System.GetElapsedTime(start) > _timeout + Grace)
            {
                throw new CheckpointException(CheckpointError.Undecided,
                    $"'{status.Prefix}' of model '{_model.Name}' is still {status.Phase} after {(_timeout + Grace).TotalSeconds:0} s " +
                        $"({status.Message ?? "no reason given"}); wait for it again.");
            }

            status = await AskAsync(progress is null ? Patience : PatienceWithProgress, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<OperationStatus> AskAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        OperationStatus status = await _model.Coordinator.CallAsync(grain => grain.WaitAsync(Request, patience), cancellationToken).ConfigureAwait(false);
        _status = status;
        return status;
    }
}
