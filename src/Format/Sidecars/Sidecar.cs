using System.Collections.Immutable;
using System.Text.Json;
using Cairn.Format.Errors;

namespace Cairn.Format.Sidecars;

/// <summary>What Cairn writes beside a checkpoint, as <c>PREFIX.cairn.json</c>: where in the life of the model it was cut, and what its files must be.
/// TensorFlow passes it over, and no reader needs it for the tensors.</summary>
/// <param name="FormatVersion">The version of this document; <see cref="FormatVersionCurrent"/>.</param>
/// <param name="Model">The model.</param>
/// <param name="Attempt">The attempt that wrote the files.</param>
/// <param name="Generation">The lineage of the state that was saved.</param>
/// <param name="Epoch">The coordinator's epoch.</param>
/// <param name="Cut">The cut: every step before it is in the checkpoint whole, and no other.</param>
/// <param name="GlobalStep">The step that the prefix is numbered with, or null.</param>
/// <param name="Sessions">How far each session had come.</param>
/// <param name="TornSteps">Steps of this lineage that are in it in part, accepted as such.</param>
/// <param name="Averages">The moving averages, with what their values do not tell.</param>
/// <param name="Shards">Where each shard's bytes are.</param>
/// <param name="IndexSha256">SHA-256 of the <c>.index</c>, 64 hexadecimal digits.</param>
/// <param name="Digests">Digests of the other files.</param>
public sealed record Sidecar(
    int FormatVersion,
    string Model,
    Guid Attempt,
    long Generation,
    long Epoch,
    long Cut,
    long? GlobalStep,
    ImmutableArray<SidecarSession> Sessions,
    ImmutableArray<SidecarTornStep> TornSteps,
    ImmutableArray<SidecarAverage> Averages,
    ImmutableArray<SidecarShard> Shards,
    string IndexSha256,
    ImmutableArray<SidecarDigest> Digests)
{
    /// <summary>The version that is written, and the newest that is read.</summary>
    public const int FormatVersionCurrent = 1;

    /// <summary>The longest document that is read: room for about a million shards.</summary>
    public const int LengthBytesMax = 256 << 20;

    /// <summary>Reads a document. Members that it does not know are passed over.</summary>
    /// <param name="utf8">All its bytes.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Corrupt"/>: no such document, or not as it was written;
    /// <see cref="CheckpointError.Unsupported"/>: a newer version; <see cref="CheckpointError.LimitExceeded"/>: longer than
    /// <see cref="LengthBytesMax"/>.</exception>
    public static Sidecar Parse(ReadOnlySpan<byte> utf8, string file)
    {
        if (utf8.Length > LengthBytesMax)
        {
            throw new CheckpointException(CheckpointError.LimitExceeded, $"'{file}' is {utf8.Length} bytes long; a sidecar is at most {LengthBytesMax}.");
        }

        try
        {
            // The version first: a newer document may differ in everything else.
            int version = JsonSerializer.Deserialize(utf8, SidecarJson.Default.SidecarVersion)?.FormatVersion ?? 0;
            string? changed = SidecarChecksum.FaultOf(utf8);
            if (version != FormatVersionCurrent && (changed ?? SidecarChecksum.Missing) == SidecarChecksum.Missing)
            {
                throw new CheckpointException(
                    CheckpointError.Unsupported,
                    $"'{file}' is a sidecar of version {version}; this Cairn reads version {FormatVersionCurrent}. "
                        + "The checkpoint itself can be read without it.");
            }

            Sidecar sidecar = JsonSerializer.Deserialize(utf8, SidecarJson.Default.Sidecar)!;
            return (SidecarFaults.Of(sidecar) ?? changed) is { } fault ? throw NotASidecar(file, fault, null) : sidecar;
        }
        catch (JsonException fault)
        {
            throw NotASidecar(file, fault.Message, fault);
        }
    }

    /// <summary>The bytes of the document. Equal content gives equal bytes, whatever the order of the lists.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: a value that <see cref="Parse"/> would refuse.</exception>
    public byte[] ToUtf8()
    {
        if (SidecarFaults.Of(this) is { } fault)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"The sidecar of model '{Model}' cannot be written: {fault}.");
        }

        return SidecarChecksum.Append(JsonSerializer.SerializeToUtf8Bytes(Ordered(), SidecarJson.Default.Sidecar));
    }

    private Sidecar Ordered() => this with
    {
        Sessions = [.. Sessions.OrderBy(session => session.Name, StringComparer.Ordinal).ThenBy(session => session.Incarnation)],
        TornSteps = [.. TornSteps.OrderBy(torn => torn.Session, StringComparer.Ordinal).ThenBy(torn => torn.Incarnation).ThenBy(torn => torn.Step)],
        Averages = [.. Averages.OrderBy(average => average.Variable, StringComparer.Ordinal).ThenBy(average => average.Name, StringComparer.Ordinal)],
        Shards = [.. Shards.OrderBy(shard => shard.Variable, StringComparer.Ordinal).ThenBy(shard => shard.Index)],
        Digests = [.. Digests.OrderBy(digest => digest.File, StringComparer.Ordinal)],
    };

    private static CheckpointException NotASidecar(string file, string reason, Exception? inner) =>
        new(CheckpointError.Corrupt, $"'{file}' is not a sidecar of Cairn: {reason.TrimEnd('.')}. The checkpoint itself can be read without it.", inner);
}
