using Cairn.Contracts.Silos;

namespace Cairn.Grains.Variables.Silos;

/// <summary>A piece of a range that is read at once.</summary>
/// <param name="Shard">What it is for.</param>
/// <param name="Range">The range.</param>
/// <param name="RangeIndex">The range's place in its shard's plan.</param>
/// <param name="PieceIndex">The piece's place in the range.</param>
/// <param name="OffsetBytes">Where it begins in the range.</param>
/// <param name="LengthBytes">How long it is.</param>
internal readonly record struct LoadPiece(ShardLoading Shard, LoadRange Range, int RangeIndex, int PieceIndex, long OffsetBytes, int LengthBytes);
