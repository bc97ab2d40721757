using System.Runtime.CompilerServices;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;

namespace Cairn.Client;

/// <summary>A variable whose elements are <typeparamref name="T"/>. Elements are in row-major order.</summary>
/// <typeparam name="T">float, double, Half, an integer type, bool or Complex.</typeparam>
public sealed class Variable<T> : Variable
    where T : unmanaged
{
    internal Variable(Model model, VariableDeclaration declaration, TensorPart part = TensorPart.Value)
        : base(model, declaration, part)
    {
    }

    /// <summary>Gives all elements new values.</summary>
    public Task AssignAsync(params T[] values) => AssignAsync(values.AsMemory(), null, CancellationToken.None);

    /// <summary>Gives all elements new values.</summary>
    public Task AssignAsync(ReadOnlyMemory<T> values, IProgress<ByteProgress>? progress = null, CancellationToken cancellationToken = default) =>
        UpdateAsync(UpdateKind.Assign, values, progress, cancellationToken);

    /// <summary>Adds element by element.</summary>
    public Task AssignAddAsync(params T[] values) => AssignAddAsync(values.AsMemory(), null, CancellationToken.None);

    /// <summary>Adds element by element.</summary>
    public Task AssignAddAsync(ReadOnlyMemory<T> values, IProgress<ByteProgress>? progress = null, CancellationToken cancellationToken = default) =>
        UpdateAsync(UpdateKind.AssignAdd, values, progress, cancellationToken);

    /// <summary>Subtracts element by element.</summary>
    public Task AssignSubAsync(params T[] values) => AssignSubAsync(values.AsMemory(), null, CancellationToken.None);

    /// <summary>Subtracts element by element.</summary>
    public Task AssignSubAsync(ReadOnlyMemory<T> values, IProgress<ByteProgress>? progress = null, CancellationToken cancellationToken = default) =>
        UpdateAsync(UpdateKind.AssignSub, values, progress, cancellationToken);

    /// <summary>All elements.</summary>
    public async Task<T[]> ReadAsync(CancellationToken cancellationToken = default)
    {
        var values = new T[ArrayLength(Shape.ElementCount)];
        await ReadAsync(values, null, cancellationToken).ConfigureAwait(false);
        return values;
    }

    /// <summary>Reads all elements into <paramref name="destination"/>, which has exactly as many.</summary>
    public Task ReadAsync(Memory<T> destination, IProgress<ByteProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        CheckElements(destination.Length);
        return ReadRangeAsync(0, LengthBytes, ByteSlicesOf.Elements(destination), progress, cancellationToken);
    }

    /// <summary>Rows <paramref name="startRow"/> to <paramref name="startRow"/> + <paramref name="rowCount"/> of axis 0.</summary>
    public async Task<T[]> ReadRowsAsync(long startRow, long rowCount, CancellationToken cancellationToken = default)
    {
        if (Shape.Rank == 0 || startRow < 0 || rowCount < 0 || startRow > Shape[0] - rowCount)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"Variable '{Name}' has shape {Shape}: there are no rows {startRow} to {startRow + rowCount}.");
        }

        long rowBytes = Definition.RowBytes;
        var values = new T[ArrayLength(rowCount * (rowBytes / Unsafe.SizeOf<T>()))];
        await ReadRangeAsync(startRow * rowBytes, rowCount * rowBytes, ByteSlicesOf.Elements(values.AsMemory()), null, cancellationToken).ConfigureAwait(false);
        return values;
    }

    internal override Variable MakeShadow() => new Variable<T>(Model, Declaration, TensorPart.Shadow);

    internal void CheckElements(int count) => CheckLength((long)count * Unsafe.SizeOf<T>(), LengthBytes, Unsafe.SizeOf<T>());

    private Task UpdateAsync(UpdateKind kind, ReadOnlyMemory<T> values, IProgress<ByteProgress>? progress, CancellationToken cancellationToken)
    {
        CheckElements(values.Length);
        return UpdateAsync(kind, ByteSlicesOf.Elements(values), LengthBytes, progress, cancellationToken);
    }
}
