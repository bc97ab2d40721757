using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Cairn.Client.Transport;
using Cairn.Contracts.Checkpoints;
using Cairn.Contracts.Models;
using Cairn.Format.Bundles;
using Cairn.Format.Tensors;

namespace Cairn.Client;

/// <summary>The named set of variables of one training job. Thread-safe once it is defined.</summary>
public sealed class Model
{
    private readonly List<Variable> _variables = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly ModelRoutes _routes;
    private readonly QuietSession _quiet;
    private ModelPolicies _policies;

    internal Model(CairnClient client, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        (Client, Name) = (client, name);
        Coordinator = client.CallsTo(name);
        _routes = new ModelRoutes(Coordinator, DefineCoreAsync);
        _quiet = new QuietSession(this);
        Shards = client.TransportOf(_routes);
    }

    /// <summary>The model's name in the cluster.</summary>
    public string Name { get; }

    /// <summary>What the cluster does with the model by itself when a step is torn or shards are lost. By default it rolls back to the last
    /// checkpoint.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: the model is defined already.</exception>
    public ModelPolicies Policies
    {
        get => _policies;
        set
        {
            CheckUndefined("its policies cannot be changed");
            _policies = value;
        }
    }

    internal CairnClient Client { get; }

    internal CoordinatorCalls Coordinator { get; }

    internal TensorTransport Shards { get; }

    /// <summary>The generation that the last restore by this object began; its own sessions follow to it.</summary>
    internal long RestoredGeneration { get; private set; } = -1;

    /// <summary>All variables in the order of their creation; moving averages are variables too.</summary>
    public IReadOnlyList<Variable> GlobalVariables() => [.. _variables];

    /// <summary>The variables that an optimiser trains.</summary>
    public IReadOnlyList<Variable> TrainableVariables() => [.. _variables.Where(variable => variable.Trainable)];

    /// <summary>A variable of rank 1 with these initial values.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: the name is taken, or the model is defined already.</exception>
    public Variable<T> Variable<T>(string name, T[] values, Partitioner partitioner = default, bool trainable = true)
        where T : unmanaged =>
        Variable(name, new TensorShape(values.Length), values, partitioner, trainable);

    /// <summary>A scalar with this initial value.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: the name is taken, or the model is defined already.</exception>
    public Variable<T> Variable<T>(string name, T value, bool trainable = true)
        where T : unmanaged =>
        Variable(name, TensorShape.Scalar, value, default, trainable);

    /// <summary>A variable of which every element begins as <paramref name="fill"/>.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: the name is taken, or the model is defined already.</exception>
    public Variable<T> Variable<T>(string name, TensorShape shape, T fill, Partitioner partitioner = default, bool trainable = true)
        where T : unmanaged
    {
        byte[] element = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in fill)).ToArray();
        return (Variable<T>)Declare(name, ElementTypes.DTypeOf<T>(), shape, partitioner, trainable, element, null);
    }

    /// <summary>A variable with these initial values, row-major. They are copied.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: the name is taken, or the model is defined already.
    /// <see cref="CheckpointError.InvalidArgument"/>: the number of values does not fit the shape.</exception>
    public Variable<T> Variable<T>(string name, TensorShape shape, T[] values, Partitioner partitioner = default, bool trainable = true)
        where T : unmanaged
    {
        if (values.Length != shape.ElementCount)
        {
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"Variable '{name}' of model '{Name}' has shape {shape}, which needs {shape.ElementCount} initial values; {values.Length} were given.");
        }

        T[] copy = [.. values];
        return (Variable<T>)Declare(name, ElementTypes.DTypeOf<T>(), shape, partitioner, trainable, null, ByteSlicesOf.Elements(copy.AsMemory()));
    }

    /// <summary>An untyped variable, for the element types that .NET has no type for. It begins as zeros.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: the name is taken, or the model is defined already.
    /// <see cref="CheckpointError.InvalidArgument"/>: elements of the type have no fixed size.</exception>
    public Variable Variable(TensorDType dtype, string name, TensorShape shape, Partitioner partitioner = default, bool trainable = true) =>
        dtype.IsFixedSize()
            ? Declare(name, dtype, shape, partitioner, trainable, new byte[dtype.ElementBytes()], null)
            : throw new CheckpointException(CheckpointError.InvalidArgument,
                $"Variable '{name}' cannot be of {dtype.ShortName()}: its elements have no fixed size.");

    /// <summary>Finds a variable, or a moving average, by its name without <c>:0</c>.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: there is none; the message lists those that are there.</exception>
    public Variable Find(string name) => _variables.Find(variable => variable.Name == name)
        ?? throw new CheckpointException(CheckpointError.NotFound,
            $"Model '{Name}' has no variable '{name}'; it has {string.Join(", ", _variables.Take(20).Select(variable => variable.Name))}.");

    /// <summary>Defines the model in the cluster; nothing happens if it is defined the same. Calls that need the model do this first.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: it is defined otherwise; the message lists the
    /// differences.</exception>
    public async Task DefineAsync(CancellationToken cancellationToken = default) => await DescribeAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Defines the model and gives every variable and moving average its initial value, over whatever was there.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.AlreadyExists"/>: it is defined otherwise; the message lists the
    /// differences.</exception>
    public Task InitializeAsync(CancellationToken cancellationToken = default) => RunStepAsync(async step =>
    {
        foreach (Variable variable in _variables.Where(variable => variable.Part == TensorPart.Value))
        {
            await step.InitialiseAsync(variable, cancellationToken).ConfigureAwait(false);
        }
    }, cancellationToken);

    /// <summary>Opens a session for a training process.</summary>
    /// <param name="name">Unique in the model, such as <c>worker-0</c>. An older session of this name, of a process that died, is fenced.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Session> OpenSessionAsync(string name, CancellationToken cancellationToken = default)
    {
        await DefineAsync(cancellationToken).ConfigureAwait(false);
        return await Session.OpenAsync(this, name, isQuiet: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How the model stands.</summary>
    public Task<ModelStatus> GetStatusAsync(CancellationToken cancellationToken = default) =>
        Coordinator.CallAsync(grain => grain.GetStatusAsync(), cancellationToken);

    /// <summary>Keeps a checkpoint until it is unpinned: no saver's retention deletes it, and no save replaces it.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.NotFound"/>: there is none. <see cref="CheckpointError.InvalidArgument"/>: it belongs to
    /// another model.</exception>
    public async Task PinAsync(string prefix, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        await DefineAsync(cancellationToken).ConfigureAwait(false);
        await Coordinator.CallAsync(grain => grain.PinAsync(prefix), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the pin of a checkpoint; nothing happens if it has none. Its saver's retention may delete it from the next save on.</summary>
    public async Task UnpinAsync(string prefix, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        await DefineAsync(cancellationToken).ConfigureAwait(false);
        await Coordinator.CallAsync(grain => grain.UnpinAsync(prefix), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes the model's live state. Its checkpoints stay. The object may be used to define it again.</summary>
    public async Task DeleteAsync(CancellationToken cancellationToken = default)
    {
        await _quiet.CloseAsync().ConfigureAwait(false);
        await Coordinator.CallAsync(grain => grain.DeleteAsync(), cancellationToken).ConfigureAwait(false);
        _routes.Set(null);
        Shards.Forget();
    }

    /// <summary>The model's name.</summary>
    public override string ToString() => Name;

    internal async Task<ModelDescription> DescribeAsync(CancellationToken cancellationToken) =>
        (await _routes.GetAsync(cancellationToken).ConfigureAwait(false)).Description;

    /// <summary>Takes variables and routes from the cluster.</summary>
    internal async Task AdoptAsync(CancellationToken cancellationToken)
    {
        ModelDescription description = await Coordinator.CallAsync(grain => grain.DescribeAsync(), cancellationToken).ConfigureAwait(false);
        _policies = description.Definition.Policies;
        foreach (VariableDefinition definition in description.Definition.Variables)
        {
            Add(ElementTypes.Wrap(this, new VariableDeclaration(definition, null)));
        }

        foreach (Variable variable in _variables.Where(variable => variable.Definition.Average is not null).ToArray())
        {
            Add(variable.MakeShadow());
        }

        _routes.Set(description);
    }

    /// <summary>Runs a step in the SDK's own session: what a call outside any step is.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the caller is inside a step of this model.</exception>
    internal async Task RunStepAsync(Func<Step, Task> work, CancellationToken cancellationToken)
    {
        if (OpenStep.SessionOf(Name) is { } session)
        {
            // A cut could come between the two; and a restore that waits for the open step holds the new one back, for which the open step would wait.
            throw new CheckpointException(CheckpointError.InvalidArgument,
                $"You are inside a step of session '{session.Name}' of model '{Name}', and an update outside it would be another step: update through the " +
                    $"step, as with step.AssignAsync(...), or end it first.");
        }

        await DefineAsync(cancellationToken).ConfigureAwait(false);
        await _quiet.RunAsync(work, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a read with the present generation, and again from the start when a restore has ended that generation, so that no result mixes
    /// two.</summary>
    internal Task RunAtOneGenerationAsync(Func<long, CancellationToken, Task> read, CancellationToken cancellationToken)
    {
        RouteTable? used = null;
        return Client.Retry.RunAsync(async token =>
        {
            used = await _routes.GetAsync(token).ConfigureAwait(false);
            try
            {
                await read(used.Description.Generation, token).ConfigureAwait(false);
                return true;
            }
            catch (CheckpointException refusal) when (refusal.Error == CheckpointError.StaleGeneration)
            {
                throw new CheckpointException(CheckpointError.TryAgain, refusal.Message, refusal);
            }
        }, (_, token) => used is null ? Task.CompletedTask : _routes.RefreshAsync(used, token), cancellationToken);
    }

    /// <summary>This object restored: its own sessions and reads follow.</summary>
    internal async Task FollowAsync(long generation, CancellationToken cancellationToken)
    {
        RestoredGeneration = Math.Max(RestoredGeneration, generation);
        RouteTable used = await _routes.GetAsync(cancellationToken).ConfigureAwait(false);
        await _routes.RefreshAsync(used, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Keeps an average of a variable. Returns the shadow.</summary>
    internal Variable AddAverage(Variable variable, AverageDefinition average)
    {
        CheckUndefined($"a moving average of '{variable.Name}' cannot be added");
        variable.Declaration.Definition = variable.Definition with { Average = average };
        try
        {
            return Add(variable.MakeShadow());
        }
        catch (CheckpointException)
        {
            variable.Declaration.Definition = variable.Definition with { Average = null };
            throw;
        }
    }

    private Variable Declare(string name, TensorDType dtype, TensorShape shape, Partitioner partitioner, bool trainable, byte[]? element, ByteSlices? values)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        CheckUndefined($"variable '{name}' cannot be added");
        int shards = partitioner.ShardCountOf(name, dtype, shape);
        var definition = new VariableDefinition(name, dtype, shape, shards, trainable, element, Average: null);
        return Add(ElementTypes.Wrap(this, new VariableDeclaration(definition, values)));
    }

    private Variable Add(Variable variable)
    {
        if (!_names.Add(variable.Name))
        {
            throw new CheckpointException(CheckpointError.AlreadyExists,
                $"Variable '{variable.Name}' is declared twice in model '{Name}'; each name is for one variable.");
        }

        _variables.Add(variable);
        return variable;
    }

    private void CheckUndefined(string what)
    {
        if (_routes.IsKnown)
        {
            throw new CheckpointException(CheckpointError.AlreadyExists,
                $"Model '{Name}' is defined already: {what}. Declare variables and apply moving averages before the first call that uses the model " +
                    $"(InitializeAsync, DefineAsync, a read, a save).");
        }
    }

    private Task<ModelDescription> DefineCoreAsync(CancellationToken cancellationToken)
    {
        ImmutableArray<VariableDefinition> variables =
        [
            .. _variables.Where(variable => variable.Part == TensorPart.Value)
                .Select(variable => variable.Definition)
                .OrderBy(definition => definition.Name, Utf8Order.Instance),
        ];
        return Coordinator.CallAsync(grain => grain.DefineAsync(new ModelDefinition(Name, variables, _policies)), cancellationToken);
    }
}
