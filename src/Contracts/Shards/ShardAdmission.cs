using Cairn.Contracts.Models;

namespace Cairn.Contracts.Shards;

/// <summary>The coordinator's word to a fresh activation that it now is the shard. Before it, the activation serves nothing.</summary>
/// <param name="Incarnation">The random incarnation that the activation reported.</param>
/// <param name="Variable">The variable that the shard belongs to.</param>
/// <param name="Generation">The generation it begins in, without values unless <paramref name="Parcel"/> brings them.</param>
/// <param name="Epoch">The coordinator's epoch.</param>
/// <param name="EndedCut">The newest cut of the epoch, which has ended: what is stamped with it forks nothing, what is stamped before it is refused.</param>
/// <param name="Parcel">What another silo has handed over, or null: the shard begins where that one stopped, and not without values.</param>
[GenerateSerializer, Immutable, Alias("cairn.ShardAdmission")]
public sealed record ShardAdmission(
    [property: Id(0)] Guid Incarnation,
    [property: Id(1)] VariableDefinition Variable,
    [property: Id(2)] long Generation,
    [property: Id(3)] long Epoch,
    [property: Id(4)] long EndedCut,
    [property: Id(5)] ShardParcel? Parcel = null);
