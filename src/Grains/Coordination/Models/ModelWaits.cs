using Cairn.Contracts.Models;
using Cairn.Format.Errors;

namespace Cairn.Grains.Coordination.Models;

/// <summary>Waiting for a model to change, always with a limit.</summary>
internal static class ModelWaits
{
    /// <summary>Waits until <paramref name="condition"/> holds. False when <paramref name="patience"/> passed first.</summary>
    public static async Task<bool> WaitUntilAsync(
        this LiveModel model, Func<LiveModel, bool> condition, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(patience, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        while (!condition(model))
        {
            try
            {
                await model.ChangedAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return condition(model);
            }
        }

        return true;
    }

    /// <summary>Waits until the model is no longer loading.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.TryAgain"/>: it still is. <see cref="CheckpointError.NotFound"/>: it is not
    /// defined.</exception>
    public static async Task RequireSettledAsync(this LiveModel model, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!await model.WaitUntilAsync(each => each.Phase != ModelPhase.Loading, patience, time, cancellationToken))
        {
            string cause = model.Fault is null ? "" : $" ({model.Fault})";
            throw new CheckpointException(CheckpointError.TryAgain, $"Model '{model.Name}' is loading{cause}; try again shortly.");
        }

        model.RequireDefinition();
    }
}
