using System.Collections.Immutable;

namespace Cairn.Grains.Coordination.Commits;

/// <summary>What a checkpoint is made of, once its data files are written.</summary>
/// <param name="DataFiles">The data files, in order.</param>
/// <param name="Index">The bytes of the index.</param>
/// <param name="Meta">The bytes of <c>.meta</c>; null when the saver writes none.</param>
/// <param name="Sidecar">The bytes of the sidecar (<see cref="Format.Sidecars.Sidecar"/>), with the attempt's stamp and the digest of the index.</param>
internal sealed record SaveContent(ImmutableArray<WrittenFile> DataFiles, ReadOnlyMemory<byte> Index, ReadOnlyMemory<byte>? Meta, ReadOnlyMemory<byte> Sidecar);
