using System.Collections.Immutable;
using Cairn.Contracts.Checkpoints;
using Microsoft.Extensions.Logging;

namespace Cairn.Client;

/// <summary>Saves variables to checkpoints and restores them, with the vocabulary of <c>tf.train.Saver</c>.</summary>
public sealed partial class Saver
{
    private readonly Model _model;
    private readonly ImmutableArray<TensorBinding> _tensors;

    /// <summary>A saver of all variables and moving averages of a model, under their own names.</summary>
    public Saver(Model model) => (_model, _tensors) = (model, []);

    /// <summary>A saver of some variables, under their own names.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: there is none, one comes twice, or one belongs to another
    /// model.</exception>
    public Saver(Model model, IEnumerable<Variable> variables)
        : this(model, variables.Select(variable => KeyValuePair.Create(variable.Name, variable)))
    {
    }

    /// <summary>A saver of variables under other names: from the name in the checkpoint to the variable.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the map is empty, a name comes twice, or a variable belongs to
    /// another model.</exception>
    public Saver(Model model, IEnumerable<KeyValuePair<string, Variable>> names)
    {
        _model = model;
        _tensors = [.. names.Select(pair => new TensorBinding(pair.Key, CheckedName(pair.Value), pair.Value.Part))];
        if (_tensors.IsEmpty)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"No variables were given to a saver of model '{model.Name}'; new Saver(model) saves all.");
        }

        if (_tensors.GroupBy(binding => binding.Key, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"The name '{twice.Key}' was given twice to a saver of model '{model.Name}'.");
        }
    }

    /// <summary>How many checkpoints to keep; 0 keeps all. Default 5.</summary>
    public int MaxToKeep { get; init; } = 5;

    /// <summary>Keeps one for ever each so many hours. Default 10000.</summary>
    public double KeepCheckpointEveryNHours { get; init; } = 10000.0;

    /// <summary>Writes the step with at least 8 digits.</summary>
    public bool PadStepNumber { get; init; }

    /// <summary>Whether the graph is written beside the checkpoint, as <c>.meta</c>.</summary>
    public bool WriteMeta { get; init; } = true;

    /// <summary>Whether the state file names the new checkpoint.</summary>
    public bool WriteState { get; init; } = true;

    /// <summary>The name of the state file. Default <c>checkpoint</c>.</summary>
    public string LatestFileName { get; init; } = "checkpoint";

    /// <summary>Whether a numbered prefix that is committed already may be replaced. An un-numbered one always is, as in TensorFlow.</summary>
    public bool Overwrite { get; init; }

    /// <summary>After so long a save that is not yet committing, or a restore that is not yet swapping, is given up. Default 5 min.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Saves, and returns the checkpoint's prefix when it is committed.</summary>
    /// <param name="path">The prefix, relative to the store's root of the silo; missing folders are made.</param>
    /// <param name="globalStep">Appended as <c>-1000</c>.</param>
    /// <param name="progress">Told how many bytes are stored.</param>
    /// <param name="cancellationToken">Ends the wait, not the save.</param>
    /// <exception cref="CheckpointException">The save was refused or given up; nothing of it is visible.</exception>
    public async Task<string> SaveAsync(string path, long? globalStep = null, IProgress<ByteProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        CheckpointOperation save = await StartSaveAsync(path, globalStep, cancellationToken).ConfigureAwait(false);
        return await save.WaitAsync(progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts a save and returns at once.</summary>
    /// <exception cref="CheckpointException">The save is refused.</exception>
    public async Task<CheckpointOperation> StartSaveAsync(string path, long? globalStep = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var options = new SaveOptions(
            MaxToKeep: MaxToKeep,
            KeepEveryHours: KeepCheckpointEveryNHours,
            PadStep: PadStepNumber,
            WriteMeta: WriteMeta,
            WriteState: WriteState,
            StateFileName: LatestFileName,
            Overwrite: Overwrite,
            DeadlineSeconds: Timeout.TotalSeconds);
        var request = new SaveRequest(Guid.NewGuid(), path, globalStep, _tensors, options, OpenStep.SessionOf(_model.Name)?.Incarnation);
        await _model.DefineAsync(cancellationToken).ConfigureAwait(false);
        OperationStatus status = await _model.Coordinator.CallAsync(grain => grain.StartSaveAsync(request), cancellationToken).ConfigureAwait(false);
        return new CheckpointOperation(_model, status, Timeout);
    }

    /// <summary>Restores: all or nothing, as a new generation. Variables that this saver does not name keep their values.</summary>
    /// <param name="prefix">What <see cref="SaveAsync"/> returned.</param>
    /// <param name="progress">Told how many bytes are loaded.</param>
    /// <param name="cancellationToken">Ends the wait, not the restore.</param>
    /// <exception cref="CheckpointException">The restore was refused or given up; nothing has changed.</exception>
    public async Task RestoreAsync(string prefix, IProgress<ByteProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        var request = new RestoreRequest(Guid.NewGuid(), prefix, _tensors, Timeout.TotalSeconds, OpenStep.SessionOf(_model.Name)?.Incarnation);
        await _model.DefineAsync(cancellationToken).ConfigureAwait(false);
        OperationStatus status = await _model.Coordinator.CallAsync(grain => grain.StartRestoreAsync(request), cancellationToken).ConfigureAwait(false);
        var restore = new CheckpointOperation(_model, status, Timeout);
        await restore.WaitAsync(progress, cancellationToken).ConfigureAwait(false);
        await _model.FollowAsync(restore.Generation, cancellationToken).ConfigureAwait(false);
        if (restore.Note is { } note)
        {
            LogRestored(_model.Client.Logger, prefix, _model.Name, note);
        }
    }

    /// <summary>The prefix that the folder's state file names as the latest, or null.</summary>
    public async Task<string?> LatestCheckpointAsync(string folder, CancellationToken cancellationToken = default)
    {
        await _model.DefineAsync(cancellationToken).ConfigureAwait(false);
        return await _model.Coordinator.CallAsync(grain => grain.LatestAsync(folder, LatestFileName), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The committed checkpoints of a folder, oldest first.</summary>
    public async Task<IReadOnlyList<CheckpointSummary>> ListCheckpointsAsync(string folder, CancellationToken cancellationToken = default)
    {
        await _model.DefineAsync(cancellationToken).ConfigureAwait(false);
        return await _model.Coordinator.CallAsync(grain => grain.ListAsync(folder), cancellationToken).ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "'{Prefix}' is restored into model {Model}. {Note}")]
    private static partial void LogRestored(ILogger logger, string prefix, string model, string note);

    private string CheckedName(Variable variable) => variable.Model == _model
        ? variable.Definition.Name
        : throw new CheckpointException(CheckpointError.InvalidArgument,
            $"Variable '{variable.Name}' belongs to model '{variable.Model.Name}', not to the saver's model '{_model.Name}'.");
}
