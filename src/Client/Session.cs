using Cairn.Contracts.Steps;

namespace Cairn.Client;

/// <summary>One training process connected to a model. It holds a lease, renewed in the background, and has at most one step open. Disposing it closes it; an
/// open step is abandoned.</summary>
public sealed partial class Session : IAsyncDisposable
{
    private readonly SemaphoreSlim _leaseTurn = new(1, 1);
    private readonly CancellationTokenSource _closing = new();
    private readonly bool _isQuiet;
    private SessionLease _lease;
    private Task _renewal = Task.CompletedTask;
    private Task _lastGhost = Task.CompletedTask;
    private Step? _open;
    private long _lastStep;
    private bool _mustResume;
    private bool _isRefused;
    private bool _isClosed;

    private Session(Model model, SessionLease lease, bool isQuiet) => (Model, _lease, _lastStep, _isQuiet) = (model, lease, lease.LastEndedStep, isQuiet);

    /// <summary>The model.</summary>
    public Model Model { get; }

    /// <summary>The name, unique in the model.</summary>
    public string Name => _lease.Name;

    /// <summary>The generation that it works in. A restore begins a newer one.</summary>
    public long Generation => _lease.Generation;

    /// <summary>The newest step of this name that ended, in this process or an earlier one, or -1: training goes on with the next.</summary>
    public long LastEndedStep { get; private set; }

    internal Guid Incarnation => _lease.Incarnation;

    /// <summary>Runs a step: all updates of <paramref name="work"/> belong together. An exception abandons the step and is thrown on.</summary>
    /// <param name="work">The updates; they are all awaited when it returns.</param>
    /// <param name="cancellationToken">Gives up before the work; the end of a step whose work is done is not cancelled.</param>
    public async Task StepAsync(Func<Step, Task> work, CancellationToken cancellationToken = default)
    {
        await using Step step = await BeginStepAsync(cancellationToken).ConfigureAwait(false);
        await work(step).ConfigureAwait(false);
        await step.EndAsync(CancellationToken.None).ConfigureAwait(false); // All of it is done: too late to be cancelled.
    }

    /// <summary>Runs a step that has a result.</summary>
    /// <param name="work">The updates, all awaited when it returns, and its result.</param>
    /// <param name="cancellationToken">Gives up before the work; the end of a step whose work is done is not cancelled.</param>
    public async Task<T> StepAsync<T>(Func<Step, Task<T>> work, CancellationToken cancellationToken = default)
    {
        await using Step step = await BeginStepAsync(cancellationToken).ConfigureAwait(false);
        T result = await work(step).ConfigureAwait(false);
        await step.EndAsync(CancellationToken.None).ConfigureAwait(false);
        return result;
    }

    /// <summary>Begins a step. Only <see cref="Step.EndAsync"/> ends it; disposing it without that abandons it.</summary>
    /// <exception cref="StaleGenerationException">The model has begun a newer generation; call <see cref="ResumeAsync"/>.</exception>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.StaleStep"/>: the lease ran out, or a namesake took its place; the same.</exception>
    public Task<Step> BeginStepAsync(CancellationToken cancellationToken = default) => BeginStepAsync(OpenStep.Follow(), cancellationToken);

    /// <summary>Goes on in the present generation, after a restore or rollback by somebody else, or a lease that ran out. Waits while it is loading.</summary>
    /// <returns>The step to go on with: the one after the newest of this name that the generation holds.</returns>
    public async Task<long> ResumeAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        CheckNoOpenStep();
        await JoinAgainAsync(null, cancellationToken).ConfigureAwait(false);
        return LastEndedStep + 1;
    }

    /// <summary>Closes the session and gives its lease back. An open step is abandoned.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isClosed, true))
        {
            return;
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        await _renewal.ConfigureAwait(false);
        await _lastGhost.ConfigureAwait(false);
        if (_open is { } open)
        {
            await open.DisposeAsync().ConfigureAwait(false);
        }

        await TryCloseAsync(Incarnation).ConfigureAwait(false);
        Model.Client.Forget(this);
        _leaseTurn.Dispose();
        _closing.Dispose();
    }

    internal static async Task<Session> OpenAsync(Model model, string name, bool isQuiet, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        SessionLease lease = await JoinAsync(model, name, null, isQuiet, cancellationToken).ConfigureAwait(false);
        var session = new Session(model, lease, isQuiet) { LastEndedStep = lease.LastEndedStep };
        session._renewal = session.RenewAsync();
        model.Client.Track(session);
        return session;
    }

    /// <summary>Tells the coordinator, perhaps a new one, of this session and its open step. One try, in a third of the lease: a lost message must not eat
    /// it.</summary>
    internal async Task RegisterAsync(CancellationToken cancellationToken)
    {
        await _leaseTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            SessionLease lease = _lease;
            SessionLease renewed = await Model.Coordinator.CallOnceAsync(
                grain => grain.OpenSessionAsync(lease.Name, lease.Incarnation, _open?.Number, lease.Generation, _isQuiet), lease.Duration / 3, cancellationToken)
                .ConfigureAwait(false);
            if (renewed.Generation != lease.Generation)
            {
                // Sessions come back only in their own generation (PROTOCOL R13): this one must not look as if it had a step open in the newer.
                await CloseAsync(lease.Incarnation, cancellationToken).ConfigureAwait(false);
                throw new StaleGenerationException(
                    $"Session '{Name}' works in generation {lease.Generation} of model '{Model.Name}', which is in generation {renewed.Generation}; call " +
                        $"ResumeAsync.",
                    renewed.Generation, null, renewed.LastEndedStep + 1);
            }
        }
        catch (CheckpointException refusal) when (refusal.Error is CheckpointError.StaleStep or CheckpointError.StaleGeneration)
        {
            _isRefused = true; // Within the turn, so that it is this lease that is refused and not the one it resumes with meanwhile.
            throw;
        }
        finally
        {
            _leaseTurn.Release();
        }
    }

    /// <summary>A shard has said only that the generation is over: the coordinator says what to go on from.</summary>
    internal async Task<CheckpointException> WhyStaleAsync(CheckpointException refusal, StepRequest step)
    {
        if (refusal is StaleGenerationException)
        {
            return refusal;
        }

        try
        {
            await Model.Coordinator.CallOnceAsync(grain => grain.BeginStepAsync(step), CancellationToken.None).ConfigureAwait(false);
            return refusal;
        }
        catch (StaleGenerationException stale)
        {
            return new StaleGenerationException(stale.Message, stale.Generation, stale.ResumePrefix, stale.ResumeStep, refusal);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return refusal; // Who cannot be asked now is asked by ResumeAsync.
        }
    }

    internal void Ended(Step step)
    {
        (_open, _lastStep) = (null, step.Number);
        LastEndedStep = step.Number;
    }

    /// <summary>The shards refuse this incarnation from now on, or the abandoning did not arrive: either way it is of no more use.</summary>
    internal void Abandoned(Step step, Exception? failure)
    {
        (_open, _lastStep, _mustResume) = (null, step.Number, true);
        if (failure is not null)
        {
            LogNotAbandoned(Model.Client.Logger, step.Number, Name, Model.Name, failure.Message);
        }
    }

    private async Task<Step> BeginStepAsync(OpenStep flow, CancellationToken cancellationToken)
    {
        try
        {
            Step step = await BeginStepCoreAsync(flow, cancellationToken).ConfigureAwait(false);
            flow.Enter(this, step);
            return step;
        }
        catch
        {
            flow.Leave();
            throw;
        }
    }

    private async Task<Step> BeginStepCoreAsync(OpenStep flow, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        CheckNoOpenStep();
        if (_mustResume || Model.RestoredGeneration > Generation)
        {
            // Our own restore takes us along; a newer generation that somebody else has begun is said to the caller, whose count of steps has changed.
            await JoinAgainAsync(Math.Max(Model.RestoredGeneration, Generation), cancellationToken).ConfigureAwait(false);
        }

        var request = new StepRequest(Incarnation, Generation, _lastStep + 1);
        try
        {
            StepStamp stamp = await Model.Coordinator.CallAsync(
                grain => grain.BeginStepAsync(request), (_, token) => RegisterAsync(token), cancellationToken).ConfigureAwait(false);
            return _open = new Step(this, request, stamp, flow);
        }
        catch (Exception failure) when (failure is not CheckpointException { Error: not CheckpointError.TryAgain })
        {
            // It may have begun, or begin yet, without anybody to end it, and a save would wait for it: this incarnation ends.
            _mustResume = true;
            _lastGhost = Task.WhenAll(_lastGhost, TryCloseAsync(request.Session));
            throw;
        }
    }

    /// <summary>Closes an incarnation. Never throws: what is not closed only holds the others up for the rest of its lease.</summary>
    private async Task TryCloseAsync(Guid incarnation)
    {
        try
        {
            await CloseAsync(incarnation, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            LogNotClosed(Model.Client.Logger, Name, Model.Name, failure.Message);
        }
    }

    private Task CloseAsync(Guid incarnation, CancellationToken cancellationToken) => Model.Coordinator.CallOnceAsync(
        async grain => { await grain.CloseSessionAsync(incarnation).ConfigureAwait(false); return true; }, cancellationToken);

    private void CheckNoOpenStep()
    {
        if (_open is { } open)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"Session '{Name}' of model '{Model.Name}' has step {open.Number} open; end or dispose it first.");
        }
    }

    // A new incarnation: shards may refuse the old one for ever.
    private async Task JoinAgainAsync(long? generation, CancellationToken cancellationToken)
    {
        await _leaseTurn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            SessionLease lease = await JoinAsync(Model, Name, generation, _isQuiet, cancellationToken).ConfigureAwait(false);
            LastEndedStep = lease.Generation == _lease.Generation ? Math.Max(LastEndedStep, lease.LastEndedStep) : lease.LastEndedStep;
            (_lease, _lastStep, _mustResume, _isRefused) = (lease, LastEndedStep, false, false);
        }
        finally
        {
            _leaseTurn.Release();
        }
    }

    private static Task<SessionLease> JoinAsync(Model model, string name, long? generation, bool isQuiet, CancellationToken cancellationToken)
    {
        var incarnation = Guid.NewGuid();
        return model.Coordinator.CallAsync(grain => grain.OpenSessionAsync(name, incarnation, null, generation, isQuiet), cancellationToken);
    }

    private async Task RenewAsync()
    {
        // Two tries within one lease, even if the first is lost.
        using var timer = new PeriodicTimer(_lease.Duration / 3);
        try
        {
            while (await timer.WaitForNextTickAsync(_closing.Token).ConfigureAwait(false))
            {
                await RenewOnceAsync(_closing.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // Closing.
        }
    }

    private async Task RenewOnceAsync(CancellationToken cancellationToken)
    {
        if (_mustResume || _isRefused || Model.RestoredGeneration > Generation)
        {
            return; // What was abandoned, refused for good or left behind by our own restore is not kept alive; the next step joins again.
        }

        try
        {
            await RegisterAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !_closing.IsCancellationRequested)
        {
            LogNotRenewed(Model.Client.Logger, Name, Model.Name, failure.Message);
        }
    }
}
