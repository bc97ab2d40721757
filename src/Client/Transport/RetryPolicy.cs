namespace Cairn.Client.Transport;

/// <summary>The one place where the SDK tries again: bounded in time, with growing pauses and jitter. What is tried may be repeated; the caller's ids see to
/// that.</summary>
internal sealed class RetryPolicy(TimeSpan timeout, TimeProvider time, Random random)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(2);

    /// <summary>Tries until it succeeds, fails for good, or the time is up; then the last failure is thrown.</summary>
    /// <param name="attempt">What to try.</param>
    /// <param name="mend">What to do after a passing failure, before the next try.</param>
    /// <param name="cancellationToken">Ends the tries.</param>
    public Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> attempt, Func<Exception, CancellationToken, Task> mend, CancellationToken cancellationToken) =>
        RunAsync(attempt, mend, timeout, cancellationToken);

    /// <summary>Tries as above, and for <paramref name="timeoutMin"/> if that is longer: one slow try must not use up the time of the others.</summary>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> attempt, Func<Exception, CancellationToken, Task> mend, TimeSpan timeoutMin,
        CancellationToken cancellationToken)
    {
        TimeSpan limit = timeoutMin > timeout ? timeoutMin : timeout;
        long start = time.GetTimestamp();
        for (int tries = 0; ; tries++)
        {
            try
            {
                return await attempt(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (PassingFault.Is(failure, cancellationToken))
            {
                TimeSpan pause = PauseAfter(tries, random.NextDouble());
                if (time.GetElapsedTime(start) + pause >= limit)
                {
                    throw PassingFault.AsRefusal(failure, limit);
                }

                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
                await MendAsync(mend, failure, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The pause after so many failed tries: doubling, at most 2 s, half of it by chance so that clients do not come back all at once.</summary>
    internal static TimeSpan PauseAfter(int tries, double chance) =>
        TimeSpan.FromTicks((long)(Math.Min(FirstPause.Ticks * Math.Pow(2, tries), PauseMax.Ticks) * (0.5 + (chance / 2))));

    private static async Task MendAsync(Func<Exception, CancellationToken, Task> mend, Exception failure, CancellationToken cancellationToken)
    {
        try
        {
            await mend(failure, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception second) when (PassingFault.Is(second, cancellationToken))
        {
            // The next try will meet the same fault and count it.
        }
    }
}
