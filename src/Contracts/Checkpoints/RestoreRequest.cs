using System.Collections.Immutable;

namespace Cairn.Contracts.Checkpoints;

/// <summary>Asks for a restore. It is all or nothing, and begins a new generation.</summary>
/// <param name="Request">Drawn by the caller; a repeat gets the same outcome.</param>
/// <param name="Prefix">The checkpoint's path in the silo's store.</param>
/// <param name="Tensors">Which key goes into which tensor; empty means every variable and shadow from its own name. Tensors that are not named keep their
/// values.</param>
/// <param name="DeadlineSeconds">After so long the restore is given up, unless it is swapping.</param>
/// <param name="Session">The incarnation of the session that restores, so that a restore from inside its own open step is refused; null from outside any
/// session.</param>
[GenerateSerializer, Immutable, Alias("cairn.RestoreRequest")]
public sealed record RestoreRequest(
    [property: Id(0)] Guid Request,
    [property: Id(1)] string Prefix,
    [property: Id(2)] ImmutableArray<TensorBinding> Tensors,
    [property: Id(3)] double DeadlineSeconds = 300,
    [property: Id(4)] Guid? Session = null);
