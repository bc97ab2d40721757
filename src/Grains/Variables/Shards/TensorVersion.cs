using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;
using Cairn.Grains.Variables.Arithmetic;
using Cairn.Grains.Variables.Pages;

namespace Cairn.Grains.Variables.Shards;

/// <summary>One version of a shard: its value, its shadow and the counters of the average. Every change is whole or does not happen.</summary>
internal sealed class TensorVersion
{
    private readonly PagePool _pool;
    private readonly ShardId _shard;
    private readonly VariableDefinition _variable;
    private readonly PageTable _value;
    private readonly PageTable? _shadow;

    /// <summary>A version without values.</summary>
    public TensorVersion(PagePool pool, ShardId shard, VariableDefinition variable)
    {
        (_pool, _shard, _variable) = (pool, shard, variable);
        _value = new PageTable(pool, variable.BytesOf(shard.Index));
        _shadow = variable.Average is null ? null : new PageTable(pool, variable.BytesOf(shard.Index));
    }

    private TensorVersion(TensorVersion other)
    {
        (_pool, _shard, _variable) = (other._pool, other._shard, other._variable);
        (_value, _shadow) = (other._value.Fork(), other._shadow?.Fork());
        (NumUpdates, AverageUpdates) = (other.NumUpdates, other.AverageUpdates);
    }

    /// <summary>The newest n given to an update of the average, or null.</summary>
    public long? NumUpdates { get; private set; }

    /// <summary>How often the average was updated.</summary>
    public long AverageUpdates { get; private set; }

    /// <summary>Length of the value, and of the shadow if there is one.</summary>
    public long LengthBytes => _value.LengthBytes;

    /// <summary>Whether the value may be read.</summary>
    public bool IsValueInitialised => _value.IsInitialised;

    /// <summary>Whether the shadow may be read.</summary>
    public bool IsShadowInitialised => _shadow is { IsInitialised: true };

    /// <summary>A version of its own with the same content, in O(1): the pages are shared until one of the two changes them.</summary>
    public TensorVersion Fork() => new(this);

    /// <summary>Applies an update with its payload, if it has one.</summary>
    public void Apply(ShardUpdate update, PageRun? body)
    {
        switch (update.Kind)
        {
            case UpdateKind.Initialise:
                Initialise(body);
                break;
            case UpdateKind.Assign:
                Assign(update.Part, Require(body, update.Kind));
                break;
            case UpdateKind.AssignAdd:
                Combine(update.Part, Require(body, update.Kind), Elements.Add);
                break;
            case UpdateKind.AssignSub:
                Combine(update.Part, Require(body, update.Kind), Elements.Subtract);
                break;
            case UpdateKind.UpdateAverage:
                UpdateAverage(update.NumUpdates);
                break;
            default:
                throw new CheckpointException(CheckpointError.InvalidArgument, $"{update.Kind} is no kind of update that this silo knows.");
        }
    }

    /// <summary>Copies a range out.</summary>
    public byte[] Read(TensorPart part, long offsetBytes, int lengthBytes)
    {
        RequireRange(offsetBytes, lengthBytes);
        PageTable table = RequireInitialised(part);
        var bytes = new byte[lengthBytes];
        table.Read(offsetBytes, bytes);
        return bytes;
    }

    /// <summary>The present version of a part, to be released by the caller.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.Uninitialised"/>: the part holds no value yet.</exception>
    public PageRun Lease(TensorPart part, long offsetBytes, long lengthBytes)
    {
        RequireRange(offsetBytes, lengthBytes);
        return RequireInitialised(part).Freeze()!;
    }

    /// <summary>Both parts as they are, to be released by the caller; null where there is no value.</summary>
    public (PageRun? Value, PageRun? Shadow) Freeze() => (_value.Freeze(), _shadow?.Freeze());

    /// <summary>Adopts what a load staged. A part that nothing was staged for loses its values
    /// with <paramref name="ticket"/>'s Clear, else it keeps them.</summary>
    public void Swap(SwapTicket ticket, PageRun? value, PageRun? shadow)
    {
        RequireWhole(value);
        RequireWhole(shadow);
        if (shadow is not null)
        {
            RequireTable(TensorPart.Shadow);
        }

        Exchange(_value, value, ticket.Clear);
        if (_shadow is not null)
        {
            Exchange(_shadow, shadow, ticket.Clear);
        }

        if (shadow is not null || ticket.Clear)
        {
            NumUpdates = ticket.NumUpdates;
            AverageUpdates = ticket.AverageUpdates;
        }
    }

    /// <summary>Begins with what another silo has handed over.</summary>
    public void Adopt(ShardParcel parcel, PageRun? value, PageRun? shadow)
    {
        if (value is not null)
        {
            _value.Adopt(value);
        }

        if (shadow is not null)
        {
            RequireTable(TensorPart.Shadow).Adopt(shadow);
        }

        (NumUpdates, AverageUpdates) = (parcel.NumUpdates, parcel.AverageUpdates);
    }

    /// <summary>Frees all pages.</summary>
    public void Clear()
    {
        _value.Clear();
        _shadow?.Clear();
    }

    private static void Exchange(PageTable table, PageRun? staged, bool clear)
    {
        if (staged is not null)
        {
            table.Adopt(staged);
        }
        else if (clear)
        {
            table.Clear();
        }
    }

    private void Initialise(PageRun? body)
    {
        RequireWhole(body);
        PageRun value = body?.Retain() ?? Splat();
        PageRun? shadow = null;
        try
        {
            if (_shadow is not null)
            {
                // A copy, not shared pages: what the average will need is asked for now, not in the middle of the training.
                shadow = PageRun.Rent(_pool, 0, LengthBytes);
                for (int i = 0; i < value.PageCount; i++)
                {
                    value.BytesOf(i).Span.CopyTo(shadow.BytesOf(i).Span);
                }

                _shadow.Adopt(shadow);
            }

            _value.Adopt(value);
        }
        finally
        {
            value.Release();
            shadow?.Release();
        }

        NumUpdates = null;
        AverageUpdates = 0;
    }

    private PageRun Splat()
    {
        byte[] element = _variable.InitialElement ?? throw new CheckpointException(
            CheckpointError.InvalidArgument,
            $"Variable '{_variable.Name}' has no initial element: send the initial values of shard {_shard.Index} with the request.");
        if (element.Length != _variable.DType.ElementBytes())
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"The initial element of variable '{_variable.Name}' has {element.Length} bytes; an element of {_variable.DType.ShortName()} has " +
                $"{_variable.DType.ElementBytes()}.");
        }

        PageRun run = PageRun.Rent(_pool, 0, LengthBytes);
        for (int i = 0; i < run.PageCount; i++)
        {
            Splat(run.BytesOf(i).Span, element);
        }

        return run;
    }

    private static void Splat(Span<byte> destination, ReadOnlySpan<byte> element)
    {
        if (!element.ContainsAnyExcept(element[0]))
        {
            destination.Fill(element[0]);
            return;
        }

        element.CopyTo(destination);
        for (int filled = element.Length; filled < destination.Length; filled *= 2)
        {
            destination[..Math.Min(filled, destination.Length - filled)].CopyTo(destination[filled..]);
        }
    }

    private void Assign(TensorPart part, PageRun body)
    {
        PageTable table = RequireTable(part);
        if (body.OffsetBytes != 0 || body.LengthBytes != LengthBytes)
        {
            RequireInitialised(part);
        }

        table.Assign(body);
    }

    private delegate void Combiner(TensorDType dtype, Span<byte> target, ReadOnlySpan<byte> delta);

    private void Combine(TensorPart part, PageRun body, Combiner combine)
    {
        PageTable table = RequireInitialised(part);
        if (!Elements.CanAdd(_variable.DType))
        {
            throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"Variable '{_variable.Name}' is {_variable.DType.ShortName()}, which cannot be added or subtracted. Assign whole values instead.");
        }

        using PageWrite write = table.BeginWrite(body.OffsetBytes, body.LengthBytes);
        for (int i = 0; i < body.PageCount; i++)
        {
            combine(_variable.DType, write.SpanAt(body.StartOf(i), body.LengthOf(i)), body.BytesOf(i).Span);
        }
    }

    private void UpdateAverage(long? numUpdates)
    {
        PageTable shadow = RequireInitialised(TensorPart.Shadow);
        PageRun value = RequireInitialised(TensorPart.Value).Version;
        if (!MovingAverage.CanKeep(_variable.DType))
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"Variable '{_variable.Name}' is {_variable.DType.ShortName()}, of which no moving average can be kept.");
        }

        float weight = MovingAverage.WeightOf(_variable.Average!.Decay, numUpdates);
        using PageWrite write = shadow.BeginWrite(0, LengthBytes);
        for (int i = 0; i < value.PageCount; i++)
        {
            MovingAverage.Move(_variable.DType, write.SpanAt(value.StartOf(i), value.LengthOf(i)), value.BytesOf(i).Span, weight);
        }

        NumUpdates = numUpdates ?? NumUpdates;
        AverageUpdates++;
    }

    private PageTable RequireTable(TensorPart part) => part switch
    {
        TensorPart.Value => _value,
        TensorPart.Shadow => _shadow ?? throw new CheckpointException(CheckpointError.NotFound,
            $"No moving average is kept of variable '{_variable.Name}': define the model with one."),
        _ => throw new CheckpointException(CheckpointError.InvalidArgument, $"{part} is no part of a shard."),
    };

    private PageTable RequireInitialised(TensorPart part)
    {
        PageTable table = RequireTable(part);
        return table.IsInitialised
            ? table
            : throw new CheckpointException(
                CheckpointError.Uninitialised,
                $"Attempting to use uninitialized value {(part == TensorPart.Value ? _variable.Name : _variable.ShadowName)}: initialise the model " +
                $"'{_shard.Model}' or restore a checkpoint first.");
    }

    private void RequireRange(long offsetBytes, long lengthBytes)
    {
        if (offsetBytes < 0 || lengthBytes < 0 || offsetBytes > LengthBytes || lengthBytes > LengthBytes - offsetBytes)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"{lengthBytes} bytes at {offsetBytes} are not in shard '{_shard}', which has {LengthBytes} bytes.");
        }
    }

    private void RequireWhole(PageRun? run)
    {
        if (run is not null && (run.OffsetBytes != 0 || run.LengthBytes != LengthBytes))
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"{run.LengthBytes} bytes at {run.OffsetBytes} are not the whole of shard '{_shard}', which has {LengthBytes} bytes.");
        }
    }

    private PageRun Require(PageRun? body, UpdateKind kind)
    {
        PageRun required = body ?? throw new CheckpointException(CheckpointError.InvalidArgument, $"{kind} of shard '{_shard}' needs a payload.");
        RequireRange(required.OffsetBytes, required.LengthBytes);
        int elementBytes = _variable.DType.ElementBytes();
        return required.OffsetBytes % elementBytes == 0 && required.LengthBytes % elementBytes == 0
            ? required
            : throw new CheckpointException(
                CheckpointError.InvalidArgument,
                $"{required.LengthBytes} bytes at {required.OffsetBytes} of shard '{_shard}' are not whole elements of {_variable.DType.ShortName()} " +
                $"({elementBytes} bytes each).");
    }
}
