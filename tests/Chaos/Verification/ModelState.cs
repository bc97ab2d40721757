using System.Runtime.InteropServices;
using Cairn.Chaos.Logs;
using Cairn.Chaos.Models;

namespace Cairn.Chaos.Verification;

/// <summary>The tensors of the chaos model and what updates do to them: the arithmetic written once more, in scalar loops, so that it shares nothing with what
/// is tested.</summary>
internal sealed class ModelState
{
    private readonly Dictionary<string, float[]> _floats = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long[]> _longs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    private ModelState()
    {
    }

    /// <summary>The names of all tensors, averages among them.</summary>
    public IEnumerable<string> Names => _floats.Keys.Concat(_longs.Keys);

    /// <summary>The model as it is initialised.</summary>
    public static ModelState Initial()
    {
        var state = new ModelState();
        foreach (PlannedVariable variable in ModelPlan.Variables)
        {
            if (variable.Kind == PlannedKind.SharedLongs)
            {
                state._longs[variable.Name] = Filled<long>(variable.Elements, variable.Initial);
                continue;
            }

            state._floats[variable.Name] = Filled<float>(variable.Elements, variable.Initial);
            if (variable.Kind == PlannedKind.Owned)
            {
                state._floats[variable.AverageName] = Filled<float>(variable.Elements, variable.Initial);
            }
        }

        return state;
    }

    /// <summary>A copy that goes its own way.</summary>
    public ModelState Clone()
    {
        var copy = new ModelState();
        Copy(_floats, copy._floats);
        Copy(_longs, copy._longs);
        foreach ((string name, long count) in _counts)
        {
            copy._counts[name] = count;
        }

        return copy;
    }

    /// <summary>A tensor's little-endian bytes.</summary>
    public ReadOnlySpan<byte> Bytes(string name) =>
        _floats.TryGetValue(name, out float[]? floats) ? MemoryMarshal.AsBytes(floats.AsSpan()) : MemoryMarshal.AsBytes(_longs[name].AsSpan());

    /// <summary>The count that the newest update of a variable's average gave, or null.</summary>
    public long? CountOf(string variable) => _counts.TryGetValue(variable, out long count) ? count : null;

    /// <summary>Does an update of a trainer's.</summary>
    public void Apply(int trainer, LoggedUpdate update)
    {
        if (update.Action == UpdateAction.Average)
        {
            MoveAverages(trainer, update.Seed);
            return;
        }

        PlannedVariable variable = ModelPlan.Variables.Single(planned => planned.Name == update.Variable);
        if (variable.Kind == PlannedKind.SharedLongs)
        {
            Apply(_longs[variable.Name], UpdateValues.Longs(update.Seed, variable.Elements), update.Action);
            return;
        }

        float[] operand = variable.Kind == PlannedKind.Owned
            ? UpdateValues.Reals(update.Seed, variable.Elements)
            : UpdateValues.Integers(update.Seed, variable.Elements);
        Apply(_floats[variable.Name], operand, update.Action);
    }

    private static void Apply(float[] value, float[] operand, UpdateAction action)
    {
        for (int i = 0; i < value.Length; i++)
        {
            value[i] = action switch
            {
                UpdateAction.Assign => operand[i],
                UpdateAction.Add => value[i] + operand[i],
                _ => value[i] - operand[i],
            };
        }
    }

    private static void Apply(long[] value, long[] operand, UpdateAction action)
    {
        for (int i = 0; i < value.Length; i++)
        {
            value[i] = unchecked(action == UpdateAction.Add ? value[i] + operand[i] : value[i] - operand[i]);
        }
    }

    /// <summary>shadow -= (shadow - value) * (1 - d), each operation rounded to float32.</summary>
    private void MoveAverages(int trainer, long count)
    {
        bool counts = ModelPlan.CountsUpdates(trainer);
        float decay = counts ? MathF.Min(ModelPlan.Decay, (1.0f + count) / (10.0f + count)) : ModelPlan.Decay;
        float weight = 1.0f - decay;
        foreach (PlannedVariable variable in ModelPlan.Variables.Where(variable => variable.Owner == trainer))
        {
            float[] value = _floats[variable.Name];
            float[] shadow = _floats[variable.AverageName];
            for (int i = 0; i < shadow.Length; i++)
            {
                float difference = shadow[i] - value[i];
                float step = difference * weight;
                shadow[i] -= step;
            }

            if (counts)
            {
                _counts[variable.Name] = count;
            }
        }
    }

    private static T[] Filled<T>(int length, T element)
    {
        var values = new T[length];
        Array.Fill(values, element);
        return values;
    }

    private static void Copy<T>(Dictionary<string, T[]> from, Dictionary<string, T[]> to)
    {
        foreach ((string name, T[] values) in from)
        {
            to[name] = [.. values];
        }
    }
}
