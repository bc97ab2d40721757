using Cairn.Client.Transport;

namespace Cairn.Client.Tests.Transport;

public sealed class RetryPolicyTests
{
    private static readonly Func<Exception, CancellationToken, Task> NoMending = (_, _) => Task.CompletedTask;

    [Fact]
    public async Task RunAsync_PassingFaults_AreTriedAgain_AndMendedBetween()
    {
        int tries = 0;
        int mended = 0;

        int result = await Policy(TimeSpan.FromSeconds(30)).RunAsync(
            _ => ++tries < 4 ? throw new IOException("Broken pipe.") : Task.FromResult(tries),
            (_, _) => ++mended == 2 ? throw new TimeoutException("The mending failed too.") : Task.CompletedTask,
            CancellationToken.None);

        Assert.Equal(4, result);
        Assert.Equal(3, mended);
    }

    [Theory]
    [InlineData(CheckpointError.StaleGeneration)]
    [InlineData(CheckpointError.Uninitialised)]
    [InlineData(CheckpointError.InvalidArgument)]
    public async Task RunAsync_Refusal_IsThrownAtOnce(CheckpointError error)
    {
        int tries = 0;

        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => Policy(TimeSpan.FromSeconds(30)).RunAsync<int>(
            _ => { tries++; throw new CheckpointException(error, "No."); }, NoMending, CancellationToken.None));

        Assert.Equal(error, refusal.Error);
        Assert.Equal(1, tries);
    }

    [Fact]
    public async Task RunAsync_TimeIsUp_ThrowsTheLastFailureInWords()
    {
        CheckpointException refusal = await Assert.ThrowsAsync<CheckpointException>(() => Policy(TimeSpan.FromMilliseconds(100)).RunAsync<int>(
            _ => throw new IOException("Broken pipe."), NoMending, CancellationToken.None));

        Assert.Equal(CheckpointError.TryAgain, refusal.Error);
        Assert.Contains("Given up after 0.1 s (RetryTimeout): Broken pipe.", refusal.Message);
    }

    [Fact]
    public async Task RunAsync_CancelledBySomebodyElse_IsTriedAgain()
    {
        int tries = 0;

        int result = await Policy(TimeSpan.FromSeconds(30)).RunAsync(
            _ => ++tries < 2 ? throw new TaskCanceledException("The silo of the activation is ending.") : Task.FromResult(tries), NoMending,
            CancellationToken.None);

        Assert.Equal(2, result);
    }

    [Fact]
    public async Task RunAsync_CancelledByTheCaller_IsThrownAtOnce()
    {
        using var cancelled = new CancellationTokenSource();
        int tries = 0;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Policy(TimeSpan.FromSeconds(30)).RunAsync<int>(
            token => { tries++; cancelled.Cancel(); throw new OperationCanceledException(token); }, NoMending, cancelled.Token));

        Assert.Equal(1, tries);
    }

    [Fact]
    public async Task RunAsync_TheFirstTryWasSlow_IsTriedAgainWithinTheLongerTime()
    {
        int tries = 0;

        int result = await Policy(TimeSpan.Zero).RunAsync(
            _ => ++tries < 3 ? throw new TimeoutException("Too slow.") : Task.FromResult(tries), NoMending, TimeSpan.FromSeconds(30), CancellationToken.None);

        Assert.Equal(3, result);
    }

    [Fact]
    public void PauseAfter_GrowsToItsLimit_AndIsNeverNothing()
    {
        Assert.Equal(TimeSpan.FromMilliseconds(12.5), RetryPolicy.PauseAfter(0, 0));
        Assert.Equal(TimeSpan.FromMilliseconds(25), RetryPolicy.PauseAfter(0, 1));
        Assert.Equal(TimeSpan.FromSeconds(2), RetryPolicy.PauseAfter(1000, 1));
        Assert.Equal(TimeSpan.FromSeconds(1), RetryPolicy.PauseAfter(1000, 0));
    }

    private static RetryPolicy Policy(TimeSpan timeout) => new(timeout, TimeProvider.System, new Random(1));
}
