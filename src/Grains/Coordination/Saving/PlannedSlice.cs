using Cairn.Contracts.Models;
using Cairn.Contracts.Silos;
using Cairn.Format.Tensors;
using Cairn.Grains.Coordination.Naming;

namespace Cairn.Grains.Coordination.Saving;

/// <summary>One tensor or slice in a data file.</summary>
/// <param name="Tensor">The tensor and its key.</param>
/// <param name="Shard">The shard that holds it.</param>
/// <param name="Incarnation">The shard's activation.</param>
internal sealed record PlannedSlice(SelectedTensor Tensor, ShardId Shard, Guid Incarnation)
{
    /// <summary>Bytes of the slice.</summary>
    public long LengthBytes => Tensor.Variable.BytesOf(Shard.Index);

    /// <summary>Which part of the tensor it is, or null for all of it.</summary>
    public TensorSlice? Slice => Tensor.Variable.SliceOf(Shard.Index);

    /// <summary>The line of the silo's ticket.</summary>
    public DataFileTensor ToTicketLine() => new(Shard, Incarnation, Tensor.Part, LengthBytes);
}
