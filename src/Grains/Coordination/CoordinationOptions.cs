using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Cairn.Grains.Coordination;

/// <summary>The limits of the coordinator.</summary>
public sealed class CoordinationOptions
{
    /// <summary>Bytes of the largest shard. Default 64 MiB; a row wider than this is refused.</summary>
    [Range(1L << 10, 1L << 31)]
    public long ShardBytesMax { get; set; } = 64L << 20;

    /// <summary>How many variables a model may have. Default 100,000.</summary>
    [Range(1, 1_000_000)]
    public int VariablesMax { get; set; } = 100_000;

    /// <summary>How many shards all variables of a model may have together. Default 100,000: each is a grain.</summary>
    [Range(1, 1_000_000)]
    public int ShardsMax { get; set; } = 100_000;

    /// <summary>Bytes of the UTF-8 name of a variable. Default 1024.</summary>
    [Range(1, 65_536)]
    public int NameBytesMax { get; set; } = 1024;

    /// <summary>How many sessions a model may have open, and how many names of sessions it remembers. Default 2,000: each is in its record.</summary>
    [Range(1, 4_000)]
    public int SessionsMax { get; set; } = 2_000;

    /// <summary>How long a session's lease lasts from each renewal. Default 30 s.</summary>
    [Range(1.0, 3600.0)]
    public double LeaseSeconds { get; set; } = 30;

    /// <summary>How long a step may stay open although its session's lease lives. Default 15 min.</summary>
    [Range(1.0, 86_400.0)]
    public double StepSecondsMax { get; set; } = 900;

    /// <summary>How long BeginStep waits for a restore before it says "try again". Default 10 s; a grain call must end within 30 s.</summary>
    [Range(0.0, 20.0)]
    public double BeginStepSecondsMax { get; set; } = 10;

    /// <summary>How long a restore of some tensors holds new steps back while older ones end; then it is given up. Default 10 s. A save holds nobody
    /// back.</summary>
    [Range(0.1, 3600.0)]
    public double DrainSecondsMax { get; set; } = 10;

    /// <summary>How long a shard or silo may take to confirm an order (admission, epoch, seal, swap). Default 60 s; then it counts as lost.</summary>
    [Range(1.0, 600.0)]
    public double ConfirmSecondsMax { get; set; } = 60;

    /// <summary>How many saves and restores may wait for others; one more is refused. Default 16.</summary>
    [Range(1, 1000)]
    public int QueuedOperationsMax { get; set; } = 16;

    /// <summary>How many saves and restores that ended are remembered. Default 256.</summary>
    [Range(16, 10_000)]
    public int RememberedOperationsMax { get; set; } = 256;

    /// <summary>Whether models that another cluster owns are taken over. Default false: only when that cluster is gone for good.</summary>
    public bool TakeOver { get; set; }
}

[OptionsValidator]
internal sealed partial class CoordinationOptionsValidator : IValidateOptions<CoordinationOptions>;
