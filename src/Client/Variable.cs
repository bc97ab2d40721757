using Cairn.Client.Transport;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Tensors;

namespace Cairn.Client;

/// <summary>A named tensor of a model, or the moving average of one. Reads and updates outside a step are whole or nothing with respect to checkpoints
/// (docs/sdk.md).</summary>
public class Variable
{
    private readonly VariableDeclaration _declaration;

    internal Variable(Model model, VariableDeclaration declaration, TensorPart part = TensorPart.Value) =>
        (Model, _declaration, Part) = (model, declaration, part);

    /// <summary>The model that it belongs to.</summary>
    public Model Model { get; }

    /// <summary>The name without <c>:0</c>: its key in a checkpoint, such as <c>v</c> or <c>v/ExponentialMovingAverage</c>.</summary>
    public string Name => Part == TensorPart.Value ? Definition.Name : Definition.ShadowName!;

    /// <summary>TensorFlow's name of the tensor, <c>v:0</c>.</summary>
    public string TensorName => Name + ":0";

    /// <summary>The element type.</summary>
    public TensorDType DType => Definition.DType;

    /// <summary>The full shape, over all shards.</summary>
    public TensorShape Shape => Definition.Shape;

    /// <summary>Into how many shards axis 0 is cut.</summary>
    public int ShardCount => Definition.ShardCount;

    /// <summary>Whether an optimiser trains it. A moving average is not trained.</summary>
    public bool Trainable => Part == TensorPart.Value && Definition.Trainable;

    /// <summary>Bytes of all elements.</summary>
    public long LengthBytes => checked(Shape.ElementCount * DType.ElementBytes());

    internal VariableDeclaration Declaration => _declaration;

    internal VariableDefinition Definition => _declaration.Definition;

    internal TensorPart Part { get; }

    /// <summary>Gives all elements new values: little-endian, row-major, <see cref="LengthBytes"/> of them.</summary>
    public Task AssignBytesAsync(ReadOnlyMemory<byte> bytes, IProgress<ByteProgress>? progress = null, CancellationToken cancellationToken = default) =>
        UpdateAsync(UpdateKind.Assign, ByteSlicesOf.Elements(bytes), bytes.Length, progress, cancellationToken);

    /// <summary>Gives all elements new values from the next <see cref="LengthBytes"/> of a stream. One shard at a time is held in memory.</summary>
    /// <exception cref="EndOfStreamException">The stream ended early; the step was abandoned.</exception>
    public Task AssignBytesAsync(Stream source, IProgress<ByteProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Model.RunStepAsync(step => step.AssignBytesAsync(this, source, progress, cancellationToken), cancellationToken);

    /// <summary>All elements, little-endian and row-major.</summary>
    public async Task<byte[]> ReadBytesAsync(CancellationToken cancellationToken = default)
    {
        var bytes = new byte[ArrayLength(LengthBytes)];
        await ReadBytesAsync(bytes, null, cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    /// <summary>Reads all elements into <paramref name="destination"/>, which has <see cref="LengthBytes"/>.</summary>
    public Task ReadBytesAsync(Memory<byte> destination, IProgress<ByteProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        CheckLength(destination.Length, LengthBytes, 1);
        return ReadRangeAsync(0, LengthBytes, ByteSlicesOf.Bytes(destination), progress, cancellationToken);
    }

    /// <summary>Writes all elements to a stream, in order. One shard at a time is held in memory.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.StaleGeneration"/>: the model was restored meanwhile, so that what was written is of no
    /// use.</exception>
    public async Task ReadBytesAsync(Stream destination, IProgress<ByteProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ModelDescription description = await Model.DescribeAsync(cancellationToken).ConfigureAwait(false);
        await Model.Shards.ReadAsync(this, description.Generation, OpenStep.StepOf(Model.Name), destination, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>TensorFlow's name of the tensor, <c>v:0</c>.</summary>
    public override string ToString() => TensorName;

    internal virtual Variable MakeShadow() => new(Model, _declaration, TensorPart.Shadow);

    internal Task UpdateAsync(UpdateKind kind, ByteSlices source, long lengthBytes, IProgress<ByteProgress>? progress, CancellationToken cancellationToken)
    {
        CheckLength(lengthBytes, LengthBytes, 1);
        return Model.RunStepAsync(step => step.UpdateAsync(this, kind, source, lengthBytes, progress, cancellationToken), cancellationToken);
    }

    /// <summary>Reads a range of the tensor's bytes at one generation; begins again when a restore comes between.</summary>
    internal Task ReadRangeAsync(long offsetBytes, long lengthBytes, ByteSlices destination, IProgress<ByteProgress>? progress,
        CancellationToken cancellationToken)
    {
        var range = new ByteRange(offsetBytes, lengthBytes);
        Step? step = OpenStep.StepOf(Model.Name);
        return Model.RunAtOneGenerationAsync(
            (generation, token) =>
                Model.Shards.ReadAsync(this, generation, range, destination, step, new ProgressMeter(progress, lengthBytes), token), cancellationToken);
    }

    /// <summary>Refuses memory that does not hold exactly what the tensor, or the rows asked for, need.</summary>
    internal void CheckLength(long givenBytes, long neededBytes, int elementBytes)
    {
        if (givenBytes != neededBytes)
        {
            string unit = elementBytes == 1 ? "bytes" : "elements";
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"Variable '{Name}' of model '{Model.Name}' has shape {Shape} of {DType.ShortName()}: {neededBytes / elementBytes} {unit} are needed, " +
                    $"{givenBytes / elementBytes} were given.");
        }
    }

    /// <summary>The length of an array for so many elements, or the refusal that names the other ways.</summary>
    internal int ArrayLength(long length) => length <= Array.MaxLength
        ? (int)length
        : throw new CheckpointException(CheckpointError.LimitExceeded,
            $"Variable '{Name}' is too long for an array ({length}); read rows of it, or into a stream.");
}
