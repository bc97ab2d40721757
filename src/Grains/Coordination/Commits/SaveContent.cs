using System.Collections.Immutable;

namespace Cairn.Grains.Coordination.Commits;

/// <summary>What a checkpoint is made of, once its data files are written.</summary>
/// <param name="DataFiles">The data files, in order.</param>
/// <param name="Index">The bytes of the index.</param>
/// <param name="Meta">The bytes of <c>.meta</c>; null when the saver writes none.</param>
/// <param name="Sidecar">The bytes of the sidecar, whose members <c>model</c>, <c>generation</c>, <c>epoch</c> and <c>cut</c> are the attempt's stamp (<see cref="SidecarStamp"/>).</param>
internal sealed record SaveContent(ImmutableArray<WrittenFile> DataFiles, ReadOnlyMemory<byte> Index, ReadOnlyMemory<byte>? Meta, ReadOnlyMemory<byte> Sidecar);
