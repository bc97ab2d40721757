namespace Cairn.Grains.Coordination.Records;

/// <summary>The grain state that Orleans carries: the record, or null before the model's first.</summary>
internal sealed class RecordState
{
    /// <summary>The record, replaced whole.</summary>
    public CoordinatorRecord? Record { get; set; }
}
