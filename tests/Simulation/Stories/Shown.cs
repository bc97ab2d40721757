using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Silos;
using Cairn.Contracts.Steps;

namespace Cairn.Simulation.Stories;

/// <summary>Messages in a few words.</summary>
internal static class Shown
{
    /// <summary>The arguments of a request.</summary>
    public static string Of(object?[] arguments) => string.Join(", ", arguments.Select(Of));

    /// <summary>An argument or an answer.</summary>
    public static string Of(object? value) => value switch
    {
        null => "-",
        Guid id => id.ToString()[..8],
        StepStamp stamp => $"{stamp.Generation}/{stamp.Epoch}/{stamp.Cut} step {stamp.Step}",
        StepRequest step => $"step {step.Step} of {Of(step.Session)} in {step.Generation}",
        ShardUpdate update => $"{update.Kind} {Of(update.Stamp)} #{update.Operation.Ordinal} of {Of(update.Operation.Session)}",
        ShardRead read => $"{read.Part} in {read.Generation}, {(read.Stamp is { } stamp ? Of(stamp) : "no step")}",
        ShardReport report => $"{Of(report.Incarnation)} {(report.IsAdmitted ? $"{report.Generation}/{report.Epoch}" : "fresh")} value {report.ValueInitialised}",
        SealTicket seal => $"cut {seal.Cut} in {seal.Generation}/{seal.Epoch}",
        SealReceipt receipt => receipt.ToString()[..Math.Min(receipt.ToString().Length, 160)],
        SwapTicket swap => $"to {swap.Generation}/{swap.Epoch} load {Of(swap.Load)} clear {swap.Clear}",
        ShardAdmission admission => $"to {admission.Generation}/{admission.Epoch}",
        OperationStatus status => $"{status.Phase} {status.Error} {status.Message}",
        SaveRequest save => $"{save.Prefix} {save.GlobalStep}",
        RestoreRequest restore => restore.Prefix,
        ModelDefinition definition => definition.Name,
        ModelDescription description => $"{description.Phase} {description.Generation}/{description.Epoch}, base {description.BasePrefix ?? "none"}",
        DataFileTicket file => file.BlobName,
        LoadTicket load => $"load {Of(load.Load)}",
        SiloDescription silo => $"{silo.PageBytesUsed} of {silo.PageBytesMax} bytes",
        _ => value.ToString() ?? "",
    };
}
