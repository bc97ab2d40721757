namespace Cairn.Client;

/// <summary>The session in which the SDK runs updates that the caller put into no step, one after the other, each a step of its own (PROTOCOL R2).</summary>
internal sealed class QuietSession(Model model)
{
    /// <summary>A restore may come between joining and beginning; a third one in a row is a storm, and the caller is told.</summary>
    private const int JoinsMax = 3;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly string _name = $"sdk-{Guid.NewGuid():N}";
    private Session? _session;

    /// <summary>Runs one step.</summary>
    public async Task RunAsync(Func<Step, Task> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await using Step step = await BeginAsync(cancellationToken).ConfigureAwait(false);
            await work(step).ConfigureAwait(false);
            await step.EndAsync(CancellationToken.None).ConfigureAwait(false); // All of it is done: too late to be cancelled.
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Closes the session; the next step opens another.</summary>
    public async Task CloseAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_session is not null)
            {
                await _session.DisposeAsync().ConfigureAwait(false);
                _session = null;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    // Nothing of the work was sent yet, so that it may as well begin in the newer generation.
    private async Task<Step> BeginAsync(CancellationToken cancellationToken)
    {
        _session ??= await Session.OpenAsync(model, _name, isQuiet: true, cancellationToken).ConfigureAwait(false);
        for (int joins = 0; ; joins++)
        {
            try
            {
                return await _session.BeginStepAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (CheckpointException refusal) when (refusal.Error is CheckpointError.StaleGeneration or CheckpointError.StaleStep && joins < JoinsMax)
            {
                await _session.ResumeAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
