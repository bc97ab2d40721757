using Cairn.Client.Transport;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;

namespace Cairn.Client;

/// <summary>Updates of a session that belong together: a checkpoint holds all of them or none. Thread-safe. Disposing a step that was not ended abandons
/// it.</summary>
public sealed class Step : IAsyncDisposable, IStepStamps
{
    private readonly Session _session;
    private readonly StepRequest _request;
    private readonly OpenStep _flow;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _stampTurn = new(1, 1);
    private StepStamp _stamp;
    private int _ordinal;
    private int _underWay;
    private Exception? _failure;
    private bool _mayHaveEnded;
    private bool _isOver;

    internal Step(Session session, StepRequest request, StepStamp stamp, OpenStep flow) =>
        (_session, _request, _stamp, _flow) = (session, request, stamp, flow);

    /// <summary>The session's own number of the step.</summary>
    public long Number => _request.Step;

    StepStamp IStepStamps.Stamp => Stamp;

    internal StepStamp Stamp
    {
        get
        {
            lock (_lock)
            {
                return _stamp;
            }
        }
    }

    private Model Model => _session.Model;

    /// <summary>Gives all elements of a variable new values.</summary>
    public Task AssignAsync<T>(Variable<T> variable, ReadOnlyMemory<T> values, IProgress<ByteProgress>? progress = null,
        CancellationToken cancellationToken = default)
        where T : unmanaged =>
        UpdateAsync(variable, UpdateKind.Assign, values, progress, cancellationToken);

    /// <summary>Adds to a variable, element by element.</summary>
    public Task AssignAddAsync<T>(Variable<T> variable, ReadOnlyMemory<T> values, IProgress<ByteProgress>? progress = null,
        CancellationToken cancellationToken = default)
        where T : unmanaged =>
        UpdateAsync(variable, UpdateKind.AssignAdd, values, progress, cancellationToken);

    /// <summary>Subtracts from a variable, element by element.</summary>
    public Task AssignSubAsync<T>(Variable<T> variable, ReadOnlyMemory<T> values, IProgress<ByteProgress>? progress = null,
        CancellationToken cancellationToken = default)
        where T : unmanaged =>
        UpdateAsync(variable, UpdateKind.AssignSub, values, progress, cancellationToken);

    /// <summary>Gives all elements of a variable new values.</summary>
    public Task AssignAsync<T>(Variable<T> variable, params T[] values)
        where T : unmanaged =>
        AssignAsync(variable, values.AsMemory(), null, CancellationToken.None);

    /// <summary>Adds to a variable, element by element.</summary>
    public Task AssignAddAsync<T>(Variable<T> variable, params T[] values)
        where T : unmanaged =>
        AssignAddAsync(variable, values.AsMemory(), null, CancellationToken.None);

    /// <summary>Subtracts from a variable, element by element.</summary>
    public Task AssignSubAsync<T>(Variable<T> variable, params T[] values)
        where T : unmanaged =>
        AssignSubAsync(variable, values.AsMemory(), null, CancellationToken.None);

    /// <summary>Gives all elements of a variable new values: little-endian, row-major bytes.</summary>
    public Task AssignBytesAsync(Variable variable, ReadOnlyMemory<byte> bytes, IProgress<ByteProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        UpdateAsync(variable, UpdateKind.Assign, ByteSlicesOf.Elements(bytes), bytes.Length, progress, cancellationToken);

    /// <summary>Gives all elements of a variable new values from a stream. One shard at a time is held in memory.</summary>
    public Task AssignBytesAsync(Variable variable, Stream source, IProgress<ByteProgress>? progress = null, CancellationToken cancellationToken = default) =>
        SendAsync(variable, () =>
            Model.Shards.UpdateAsync(variable, UpdateKind.Assign, source, this, new ProgressMeter(progress, variable.LengthBytes), cancellationToken));

    /// <summary>Moves every average that <paramref name="average"/> keeps towards its variable, once.</summary>
    public Task UpdateAsync(ExponentialMovingAverage average, CancellationToken cancellationToken = default) =>
        SendAsync(null, () => Model.Shards.UpdateAveragesAsync(average.AveragedIn(Model), average.NextNumUpdates(), this, cancellationToken));

    /// <summary>Reads all elements of a variable, in the generation of the step.</summary>
    /// <exception cref="StaleGenerationException">The model was restored meanwhile.</exception>
    public async Task<T[]> ReadAsync<T>(Variable<T> variable, CancellationToken cancellationToken = default)
        where T : unmanaged
    {
        var values = new T[variable.ArrayLength(variable.Shape.ElementCount)];
        await ReadAsync(variable, values, null, cancellationToken).ConfigureAwait(false);
        return values;
    }

    /// <summary>Reads all elements of a variable into <paramref name="destination"/>, in the generation of the step.</summary>
    /// <exception cref="StaleGenerationException">The model was restored meanwhile.</exception>
    public async Task ReadAsync<T>(Variable<T> variable, Memory<T> destination, IProgress<ByteProgress>? progress = null,
        CancellationToken cancellationToken = default)
        where T : unmanaged
    {
        CheckOpen(variable);
        variable.CheckElements(destination.Length);
        var range = new ByteRange(0, variable.LengthBytes);
        var meter = new ProgressMeter(progress, range.LengthBytes);
        try
        {
            await Model.Shards.ReadAsync(variable, Stamp.Generation, range, ByteSlicesOf.Elements(destination), this, meter, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (CheckpointException refusal) when (refusal.Error == CheckpointError.StaleGeneration)
        {
            throw await _session.WhyStaleAsync(refusal, _request).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the step. All its updates have been awaited, and none has failed.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: updates are under way, or one failed; dispose the step to abandon
    /// it. <see cref="CheckpointError.StaleStep"/>: it was fenced meanwhile.</exception>
    /// <exception cref="StaleGenerationException">The model was restored meanwhile.</exception>
    public async Task EndAsync(CancellationToken cancellationToken = default)
    {
        CheckMayEnd();
        _mayHaveEnded = true;
        await Model.Coordinator.CallAsync(
            async grain => { await grain.EndStepAsync(_request).ConfigureAwait(false); return true; },
            (_, token) => _session.RegisterAsync(token), cancellationToken).ConfigureAwait(false);
        Close();
        _session.Ended(this);
    }

    /// <summary>Abandons the step unless it was ended. What it has changed stays until the model's policy decides.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!Close())
        {
            return;
        }

        Exception? failure = null;
        try
        {
            await Model.Coordinator.CallAsync(grain => grain.AbandonStepAsync(_request), CancellationToken.None).ConfigureAwait(false);
        }
        catch (CheckpointException refusal) when (refusal.Error == CheckpointError.StaleStep && _mayHaveEnded)
        {
            // It has ended: only the answer of EndAsync was lost.
            _session.Ended(this);
            return;
        }
        catch (Exception refusal) when (refusal is not OutOfMemoryException)
        {
            // The exception on its way through the caller's code matters more; the lease runs out by itself.
            failure = refusal;
        }

        _session.Abandoned(this, failure);
    }

    async Task IStepStamps.RenewAsync(StepStamp refused, CancellationToken cancellationToken)
    {
        await _stampTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Stamp != refused)
            {
                return;
            }

            await _session.RegisterAsync(cancellationToken).ConfigureAwait(false);
            StepStamp renewed = await Model.Coordinator.CallOnceAsync(grain => grain.BeginStepAsync(_request), cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                _stamp = renewed;
            }
        }
        finally
        {
            _stampTurn.Release();
        }
    }

    internal OperationId NextOperation() => new(_request.Session, _request.Step, Interlocked.Increment(ref _ordinal));

    internal Task InitialiseAsync(Variable variable, CancellationToken cancellationToken) =>
        SendAsync(variable, () => Model.Shards.InitialiseAsync(variable, this, cancellationToken));

    internal Task UpdateAsync(Variable variable, UpdateKind kind, ByteSlices source, long lengthBytes, IProgress<ByteProgress>? progress,
        CancellationToken cancellationToken)
    {
        variable.CheckLength(lengthBytes, variable.LengthBytes, 1);
        return SendAsync(variable, () => Model.Shards.UpdateAsync(variable, kind, source, this, new ProgressMeter(progress, lengthBytes), cancellationToken));
    }

    private Task UpdateAsync<T>(Variable<T> variable, UpdateKind kind, ReadOnlyMemory<T> values, IProgress<ByteProgress>? progress,
        CancellationToken cancellationToken)
        where T : unmanaged
    {
        variable.CheckElements(values.Length);
        return UpdateAsync(variable, kind, ByteSlicesOf.Elements(values), variable.LengthBytes, progress, cancellationToken);
    }

    private async Task SendAsync(Variable? variable, Func<Task> send)
    {
        lock (_lock)
        {
            CheckOpen(variable);
            _underWay++;
        }

        try
        {
            await send().ConfigureAwait(false);
        }
        catch (CheckpointException refusal) when (refusal.Error == CheckpointError.StaleGeneration)
        {
            throw Failed(await _session.WhyStaleAsync(refusal, _request).ConfigureAwait(false));
        }
        catch (Exception failure)
        {
            Failed(failure);
            throw;
        }
        finally
        {
            lock (_lock)
            {
                _underWay--;
            }
        }
    }

    private T Failed<T>(T failure)
        where T : Exception
    {
        lock (_lock)
        {
            _failure ??= failure;
        }

        return failure;
    }

    private void CheckOpen(Variable? variable)
    {
        if (variable is not null && variable.Model != Model)
        {
            throw Refused($"variable '{variable.Name}' belongs to model '{variable.Model.Name}' (or to another object of this model)");
        }

        if (_isOver)
        {
            throw new CheckpointException(CheckpointError.StaleStep, $"Step {Number} of session '{_session.Name}' is over; begin another.");
        }
    }

    private void CheckMayEnd()
    {
        lock (_lock)
        {
            CheckOpen(null);
            if (_underWay > 0)
            {
                throw Refused($"{_underWay} of its updates are under way; await them before EndAsync");
            }

            if (_failure is { } failure)
            {
                throw new CheckpointException(CheckpointError.InvalidArgument,
                    $"Step {Number} of session '{_session.Name}' cannot be ended, since an update of it failed; dispose it to abandon it. The failure: " +
                        $"{failure.Message}", failure);
            }
        }
    }

    private CheckpointException Refused(string reason) =>
        new(CheckpointError.InvalidArgument, $"Step {Number} of session '{_session.Name}' of model '{Model.Name}': {reason}.");

    private bool Close()
    {
        _flow.Leave();
        lock (_lock)
        {
            bool wasOpen = !_isOver;
            _isOver = true;
            return wasOpen;
        }
    }
}
