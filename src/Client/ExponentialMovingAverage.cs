using Cairn.Contracts.Models;
using Cairn.Format.Tensors;

namespace Cairn.Client;

/// <summary>Keeps exponential moving averages of variables, exactly as <c>tf.train.ExponentialMovingAverage</c> keeps them: shadow -= (1 - d) * (shadow -
/// value).</summary>
public sealed class ExponentialMovingAverage
{
    private readonly Model _model;
    private readonly AverageDefinition _definition;
    private readonly Func<long>? _numUpdates;
    private readonly Dictionary<Variable, Variable> _shadows = [];

    /// <summary>Says how averages are kept. Nothing is averaged before <see cref="Apply"/>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="decay">From 0 to 1, taken as a float32.</param>
    /// <param name="numUpdates">When given: n of the decay min(decay, (1 + n) / (10 + n)), asked at each update, such as the global step.</param>
    /// <param name="name">What is appended to a variable's name, after a slash.</param>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the decay is not from 0 to 1, or the name is empty.</exception>
    public ExponentialMovingAverage(Model model, double decay, Func<long>? numUpdates = null, string name = AverageDefinition.DefaultName)
    {
        if (!(decay is >= 0 and <= 1))
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"A decay of {decay} is not from 0 to 1; 0.999 averages about the last thousand updates.");
        }

        if (string.IsNullOrWhiteSpace(name))
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                "The name of a moving average is empty; variables and averages would have the same names.");
        }

        (_model, _definition, _numUpdates) = (model, new AverageDefinition(name, (float)decay), numUpdates);
    }

    /// <summary>Adds averages of <paramref name="variables"/> to the model's definition; of all trainable variables when none is given. Before the model is
    /// defined.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: the model is defined already, or an average of the variable is kept
    /// already.
    /// <see cref="CheckpointError.InvalidArgument"/>: the elements are no floating-point numbers.</exception>
    public void Apply(params Variable[] variables)
    {
        IReadOnlyList<Variable> chosen = variables.Length > 0 ? variables : _model.TrainableVariables();
        foreach (Variable variable in chosen)
        {
            CheckMayAverage(variable);
        }

        foreach (Variable variable in chosen)
        {
            _shadows.Add(variable, _model.AddAverage(variable, _definition));
        }
    }

    /// <summary>The name of a variable's average: <c>v/ExponentialMovingAverage</c>.</summary>
    public string AverageName(Variable variable) => $"{variable.Name}/{_definition.Name}";

    /// <summary>The average of a variable: a variable of the same type.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: no average of it is kept.</exception>
    public Variable<T> Average<T>(Variable<T> variable)
        where T : unmanaged =>
        (Variable<T>)Average((Variable)variable);

    /// <summary>The average of a variable.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: no average of it is kept.</exception>
    public Variable Average(Variable variable) => _shadows.TryGetValue(variable, out Variable? shadow)
        ? shadow
        : throw new CheckpointException(CheckpointError.NotFound, $"No average of variable '{variable.Name}' is kept; call Apply before the model is defined.");

    /// <summary>Moves every average towards its variable, once: a step of its own.</summary>
    public Task UpdateAsync(CancellationToken cancellationToken = default) =>
        _model.RunStepAsync(step => step.UpdateAsync(this, cancellationToken), cancellationToken);

    /// <summary>Checkpoint names and the variables to restore them into: averages into the averaged variables (the trainable ones, or those that
    /// <see cref="Apply"/> was given), every
    /// other variable from its own name. Needs no <see cref="Apply"/>.</summary>
    public NameMap VariablesToRestore()
    {
        var map = new NameMap();
        IEnumerable<Variable> averaged = _shadows.Count > 0 ? _shadows.Keys.Union(_model.TrainableVariables()) : _model.TrainableVariables();
        foreach (Variable variable in averaged.Where(variable => ElementTypes.IsFloating(variable.DType)))
        {
            map.Add(AverageName(variable), variable);
        }

        foreach (Variable variable in _model.GlobalVariables().Where(variable => !map.Values.Contains(variable) && !map.ContainsKey(variable.Name)))
        {
            map.Add(variable.Name, variable);
        }

        return map;
    }

    internal IReadOnlyCollection<Variable> AveragedIn(Model model)
    {
        if (model != _model || _shadows.Count == 0)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"This moving average keeps {_shadows.Count} averages of model '{_model.Name}', and was to be updated in model '{model.Name}'; call Apply " +
                    $"before the model is defined.");
        }

        return _shadows.Keys;
    }

    internal long? NextNumUpdates() => _numUpdates?.Invoke();

    private void CheckMayAverage(Variable variable)
    {
        if (variable.Model != _model)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"Variable '{variable.Name}' belongs to model '{variable.Model.Name}', not to this '{_model.Name}'.");
        }

        if (!ElementTypes.IsFloating(variable.DType) || variable.Part == TensorPart.Shadow)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"A moving average of '{variable.Name}' ({variable.DType.ShortName()}) cannot be kept: averages are of half, bfloat16, float and double " +
                    $"variables.");
        }

        if (variable.Definition.Average is not null)
        {
            throw new CheckpointException(CheckpointError.AlreadyExists,
                $"A moving average of '{variable.Name}' is kept already, as '{variable.Definition.ShadowName}'.");
        }
    }
}
