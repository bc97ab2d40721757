namespace Cairn.Contracts.Coordination;

/// <summary>How the draining of a silo stands, for one model.</summary>
/// <param name="IsDone">Whether nothing more will be done.</param>
/// <param name="LeftCount">How many shards of the model are still there; when done, these are lost with the silo.</param>
/// <param name="Message">A sentence for the log: what happened, or what is waited for.</param>
[GenerateSerializer, Immutable, Alias("cairn.DrainStatus")]
public sealed record DrainStatus([property: Id(0)] bool IsDone, [property: Id(1)] int LeftCount, [property: Id(2)] string Message);
