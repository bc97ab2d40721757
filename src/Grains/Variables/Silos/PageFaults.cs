using Cairn.Contracts.Models;
using Cairn.Format.Checksums;
using Cairn.Format.Errors;

namespace Cairn.Grains.Variables.Silos;

/// <summary>What is said of a page of a data file whose bytes are not those that were sealed.</summary>
/// <param name="silo">This silo.</param>
/// <param name="fileName">The data file.</param>
internal sealed class PageFaults(SiloAddress silo, string fileName)
{
    /// <summary>Found in what was staged: the page, or the block with its copy, changed after the seal.</summary>
    public CheckpointException Changed(PageCheck page, uint actual) => new(
        CheckpointError.Corrupt,
        $"{PlaceOf(page)} changed in the memory of silo {silo} between its seal and its upload as bytes {page.OffsetBytes} to " +
        $"{page.OffsetBytes + page.LengthBytes} of '{fileName}': {Crc32C.Mismatch(page.Checksum, actual)}. Nothing was committed. " +
        $"The live value may hold the same damage: restore the last checkpoint, and check the memory of that machine.");

    /// <summary>Found in the file when it was read back: the store has not kept what it took.</summary>
    public CheckpointException NotKept(PageCheck page, uint actual) => CheckpointException.Corrupt(
        fileName,
        page.OffsetBytes,
        $"{PlaceOf(page)}, as silo {silo} sealed and sent it, reads back otherwise: {Crc32C.Mismatch(page.Checksum, actual)}. Nothing was committed, and the " +
        $"live values are sound. Save again; if it comes back, check the store.");

    private static string PlaceOf(PageCheck page) =>
        $"page {page.Page} of the {(page.Tensor.Part == TensorPart.Shadow ? "shadow" : "value")} of shard '{page.Tensor.Shard}'";
}
