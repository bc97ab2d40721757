using Cairn.Contracts.Steps;

namespace Cairn.Client.Transport;

/// <summary>The step that an update belongs to, as the transport sees it.</summary>
internal interface IStepStamps
{
    /// <summary>The stamp to send with.</summary>
    StepStamp Stamp { get; }

    /// <summary>Asks a new coordinator for a stamp of the same step, unless that was done since <paramref name="refused"/> was given out.</summary>
    Task RenewAsync(StepStamp refused, CancellationToken cancellationToken);
}
