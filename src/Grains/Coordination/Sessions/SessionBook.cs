using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Models;
using Cairn.Grains.Coordination.Records;

namespace Cairn.Grains.Coordination.Sessions;

/// <summary>Keeps the record's list of sessions. One write is under way at a time; what changes meanwhile waits and shares the next.</summary>
internal sealed class SessionBook(LiveModel model, CoordinatorParts parts)
{
    private Batch? _next;
    private bool _isWriting;

    /// <summary>Puts a session into the record, and returns when it is there.</summary>
    /// <param name="session">The session.</param>
    /// <param name="generation">The generation that it belongs to.</param>
    /// <exception cref="StaleGenerationException">The record is in another generation by now.</exception>
    /// <exception cref="CheckpointException">The store does not take it.</exception>
    public async Task NoteAsync(KnownSession session, long generation)
    {
        Batch mine = _next ??= new Batch();
        mine.Changed.Add((session, generation));
        if (!_isWriting)
        {
            _ = WriteAllAsync();
        }

        CoordinatorRecord record = await mine.Written.Task;
        if (record.Generation != generation)
        {
            throw new StaleGenerationException(
                $"Session '{session.Name}' of model '{model.Name}' was opened in generation {generation}, which has ended.",
                record.Generation,
                record.Base?.Whole.Prefix,
                null);
        }
    }

    private async Task WriteAllAsync()
    {
        _isWriting = true;
        while (_next is { } batch)
        {
            _next = null;
            try
            {
                batch.Written.SetResult(await parts.Record.ChangeAsync(record => Note(record, batch)));
            }
            catch (Exception fault) when (fault is CheckpointException or ObjectDisposedException)
            {
                batch.Written.SetException(fault);
            }
        }

        _isWriting = false;
    }

    private CoordinatorRecord Note(CoordinatorRecord record, Batch batch)
    {
        KnownSession[] ours = [.. batch.Changed.Where(each => each.Generation == record.Generation).Select(each => each.Session)];
        return ours.Length == 0 || record.Sessions is null
            ? record
            : KnownSessions.Note(record, ours, parts.Options.SessionsMax, model.Sessions.Sessions.ContainsKey);
    }

    private sealed class Batch
    {
        public List<(KnownSession Session, long Generation)> Changed { get; } = [];

        public TaskCompletionSource<CoordinatorRecord> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
