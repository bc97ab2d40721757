using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;

namespace Cairn.Client.Transport;

/// <summary>Moves whole tensors and ranges of them: cuts them into shards and moves several at a time.</summary>
internal sealed class TensorTransport(ShardTransport shards, int parallelMax)
{
    /// <summary>Calls without a payload are cheap for both sides; this many at once keep a cluster busy without a queue.</summary>
    private const int ControlCallsMax = 16;

    /// <summary>A shard that a stream is cut into is held in memory; this is the most (256 MiB).</summary>
    private const int StreamPieceBytesMax = 256 << 20;

    private readonly InitialisedParts _initialised = new(shards, ControlCallsMax);

    /// <summary>Sends all elements of a variable.</summary>
    public async Task UpdateAsync(Variable variable, UpdateKind kind, ByteSlices source, Step step, ProgressMeter meter, CancellationToken cancellationToken)
    {
        if (kind is UpdateKind.AssignAdd or UpdateKind.AssignSub)
        {
            await _initialised.RequireAsync([variable], kind, step.Stamp.Generation, cancellationToken).ConfigureAwait(false);
        }

        await ForEachAsync(WholeOf(variable), parallelMax, (piece, token) =>
        {
            ShardUpdate update = Draft(variable, kind, step);
            return shards.ApplyAsync(IdOf(variable, piece.Shard), update, source(piece.CallerOffsetBytes, piece.LengthBytes), step, meter, token);
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends all elements of a variable from a stream, shard after shard, so that each is applied whole.</summary>
    public async Task UpdateAsync(Variable variable, UpdateKind kind, Stream source, Step step, ProgressMeter meter, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferBytes(variable)];
        foreach (ShardPiece piece in WholeOf(variable))
        {
            Memory<byte> bytes = buffer.AsMemory(0, piece.LengthBytes);
            await source.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            await shards.ApplyAsync(IdOf(variable, piece.Shard), Draft(variable, kind, step), bytes, step, meter, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives a variable and its shadow their initial content.</summary>
    public Task InitialiseAsync(Variable variable, Step step, CancellationToken cancellationToken)
    {
        if (variable.Declaration.InitialValue is { } initial && variable.LengthBytes > 0)
        {
            return UpdateAsync(variable, UpdateKind.Initialise, initial, step, new ProgressMeter(null, 0), cancellationToken);
        }

        // An initial value without elements is still a value.
        ReadOnlyMemory<byte>? payload = variable.Declaration.InitialValue is null ? (ReadOnlyMemory<byte>?)null : ReadOnlyMemory<byte>.Empty;
        return ToEachShardAsync([variable], UpdateKind.Initialise, payload, null, step, cancellationToken);
    }

    /// <summary>Moves the average of each variable once.</summary>
    public async Task UpdateAveragesAsync(IReadOnlyCollection<Variable> variables, long? numUpdates, Step step, CancellationToken cancellationToken)
    {
        await _initialised.RequireAsync(variables, UpdateKind.UpdateAverage, step.Stamp.Generation, cancellationToken).ConfigureAwait(false);
        await ToEachShardAsync(variables, UpdateKind.UpdateAverage, null, numUpdates, step, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets what was known of the model's shards: it was deleted.</summary>
    public void Forget() => _initialised.Forget();

    /// <summary>Reads a range of a variable. What is read from inside a step of that generation carries its stamp.</summary>
    public Task ReadAsync(Variable variable, long generation, ByteRange range, ByteSlices destination, Step? step, ProgressMeter meter,
        CancellationToken cancellationToken) =>
        ForEachAsync(ShardPlan.PiecesOf(variable.Definition, range), parallelMax, (piece, token) =>
        {
            Memory<byte> bytes = destination(piece.CallerOffsetBytes, piece.LengthBytes);
            return shards.ReadAsync(IdOf(variable, piece.Shard), ReadOf(variable, generation, piece), bytes, StampsOf(step, generation), meter, token);
        }, cancellationToken);

    /// <summary>Reads a whole variable into a stream, shard after shard.</summary>
    public async Task ReadAsync(Variable variable, long generation, Step? step, Stream destination, IProgress<ByteProgress>? progress,
        CancellationToken cancellationToken)
    {
        var meter = new ProgressMeter(progress, variable.LengthBytes);
        byte[] buffer = new byte[BufferBytes(variable)];
        foreach (ShardPiece piece in WholeOf(variable))
        {
            Memory<byte> bytes = buffer.AsMemory(0, piece.LengthBytes);
            ShardRead read = ReadOf(variable, generation, piece);
            await shards.ReadAsync(IdOf(variable, piece.Shard), read, bytes, StampsOf(step, generation), meter, cancellationToken).ConfigureAwait(false);
            await destination.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task ToEachShardAsync(IEnumerable<Variable> variables, UpdateKind kind, ReadOnlyMemory<byte>? payload, long? numUpdates, Step step,
        CancellationToken cancellationToken)
    {
        var meter = new ProgressMeter(null, 0);
        var targets = variables.SelectMany(variable => Enumerable.Range(0, variable.ShardCount).Select(shard => (variable, shard)));
        return ForEachAsync(targets, ControlCallsMax, (target, token) =>
        {
            ShardUpdate update = Draft(target.variable, kind, step) with { NumUpdates = numUpdates };
            return shards.ApplyAsync(IdOf(target.variable, target.shard), update, payload, step, meter, token);
        }, cancellationToken);
    }

    private static IEnumerable<ShardPiece> WholeOf(Variable variable) => ShardPlan.PiecesOf(variable.Definition, new ByteRange(0, variable.LengthBytes));

    private static ShardId IdOf(Variable variable, int shard) => new(variable.Model.Name, variable.Definition.Name, shard);

    /// <summary>Whole shards only: offset 0. The incarnation and the stamp are filled in when it is sent.</summary>
    private static ShardUpdate Draft(Variable variable, UpdateKind kind, Step step) =>
        new(Guid.Empty, step.Stamp, step.NextOperation(), kind, variable.Part, OffsetBytes: 0, Payload: null, Transfer: null, NumUpdates: null);

    private static ShardRead ReadOf(Variable variable, long generation, ShardPiece piece) =>
        new(Guid.Empty, generation, variable.Part, piece.ShardOffsetBytes, piece.LengthBytes);

    /// <summary>A step of another generation has ended, whatever the caller still does inside it.</summary>
    private static IStepStamps? StampsOf(Step? step, long generation) => step?.Stamp.Generation == generation ? step : null;

    private static int BufferBytes(Variable variable)
    {
        long bytes = variable.Definition.BytesOf(0);
        return bytes <= StreamPieceBytesMax
            ? (int)bytes
            : throw new CheckpointException(CheckpointError.LimitExceeded,
                $"A shard of variable '{variable.Name}' has {bytes} bytes, over the {StreamPieceBytesMax} that are held for a stream; use memory, or " +
                    $"Partitioner.MaxShardBytes.");
    }

    private static Task ForEachAsync<T>(IEnumerable<T> items, int parallelMax, Func<T, CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallelMax, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(items, options, async (item, token) => await act(item, token).ConfigureAwait(false));
    }
}
