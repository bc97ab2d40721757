using Cairn.Format.Errors;
using Cairn.Grains.Coordination.Waiting;
using Orleans.Storage;

namespace Cairn.Grains.Coordination.Records;

/// <summary>The one hand that writes a model's record: changes are made one after another, each on the newest record, each by compare-and-swap.</summary>
/// <remarks>
/// After a lost compare-and-swap this coordinator is superseded, and every further change is refused. After a fault of the store nobody knows whether the
/// change was made:
/// the next change or <see cref="RefreshAsync"/> reads the record first, and finds this writer's old or new revision, or somebody else's.
/// </remarks>
/// <param name="model">The model.</param>
/// <param name="cluster">The cluster that the coordinator is of.</param>
/// <param name="state">The record in the store, as it was read.</param>
/// <param name="time">The clock.</param>
/// <param name="writer">Drawn for this hand alone: a lost response is recognised by it.</param>
internal sealed class RecordLedger(string model, string cluster, IPersistentState<RecordState> state, TimeProvider time, Guid writer) : IDisposable
{
    private readonly Turn _turn = new();
    private CoordinatorRecord _current = state.State.Record ?? CoordinatorRecord.Create(model, cluster);
    private bool _isUncertain;
    private CheckpointException? _end;

    /// <summary>The record as it was last written or read here.</summary>
    public CoordinatorRecord Current => _current;

    /// <summary>True once somebody else has written the record: the coordinator has to end.</summary>
    public bool IsSuperseded => _end is not null;

    /// <summary>Writes what <paramref name="change"/> makes of the newest record, made to fit (<see cref="RecordRoom"/>), and returns it. A change that returns
    /// its argument writes nothing. What it throws is passed on, with nothing changed.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Superseded"/>: another coordinator has written the record. Or a fault of the store:
    /// the change may or may not be made.</exception>
    public async Task<CoordinatorRecord> ChangeAsync(Func<CoordinatorRecord, CoordinatorRecord> change, CancellationToken cancellationToken = default)
    {
        await _turn.EnterAsync("a change of the record", cancellationToken);
        try
        {
            await MakeCertainAsync();
            CoordinatorRecord next = change(_current);
            if (!ReferenceEquals(next, _current))
            {
                await WriteAsync(RecordRoom.Fit(next.Pruned(time.GetUtcNow())) with { Writer = writer, Revision = _current.Revision + 1 });
            }

            return _current;
        }
        finally
        {
            _turn.Leave();
        }
    }

    /// <summary>Changes the attempt that the record holds, and returns it.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Superseded"/>: the record holds another attempt, or none; or as
    /// <see cref="ChangeAsync"/>.</exception>
    public async Task<SaveAttempt> ChangeAttemptAsync(Guid id, Func<SaveAttempt, SaveAttempt> change, CancellationToken cancellationToken = default)
    {
        CoordinatorRecord next = await ChangeAsync(record => record.Attempt is { } attempt && attempt.Id == id
            ? record with { Attempt = change(attempt) }
            : throw new CheckpointException(CheckpointError.Superseded, $"Save attempt {id} of model '{model}' is resolved already."), cancellationToken);
        return next.Attempt!;
    }

    /// <summary>Reads the record again if the last change ended in a fault, so that <see cref="Current"/> is what stands in the store.</summary>
    public Task<CoordinatorRecord> RefreshAsync(CancellationToken cancellationToken = default) => ChangeAsync(record => record, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task WriteAsync(CoordinatorRecord next)
    {
        try
        {
            _isUncertain = true;
            state.State.Record = next;
            await state.WriteStateAsync();
            _current = next;
            _isUncertain = false;
        }
        catch (InconsistentStateException lost)
        {
            throw End(lost);
        }
        catch (OrleansException wrapper) when (wrapper.InnerException is CheckpointException fault)
        {
            throw Again(fault);
        }
    }

    private async Task MakeCertainAsync()
    {
        if (_end is not null)
        {
            throw End(_end);
        }

        if (!_isUncertain)
        {
            return;
        }

        try
        {
            await state.ReadStateAsync();
        }
        catch (OrleansException wrapper) when (wrapper.InnerException is CheckpointException fault)
        {
            throw Again(fault);
        }

        CoordinatorRecord? found = state.State.Record;
        bool isUnchanged = found is null ? _current.Revision == 0 : found.Writer == _current.Writer && found.Revision == _current.Revision;
        bool isOurs = found?.Writer == writer && found.Revision == _current.Revision + 1;
        if (!isUnchanged && !isOurs)
        {
            throw End(null);
        }

        _current = found ?? _current;
        _isUncertain = false;
    }

    // Orleans wraps what a storage provider throws; callers act on the kind.
    private static CheckpointException Again(CheckpointException fault) => new(fault.Error, fault.Message, fault);

    private CheckpointException End(Exception? cause)
    {
        _end ??= new CheckpointException(CheckpointError.Superseded, $"Another coordinator of model '{model}' has written its record; this one ends.", cause);
        return new CheckpointException(_end.Error, _end.Message, _end);
    }
}
