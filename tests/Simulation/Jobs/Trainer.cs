using System.Buffers.Binary;
using Cairn.Contracts.Coordination;
using Cairn.Contracts.Models;
using Cairn.Contracts.Shards;
using Cairn.Contracts.Steps;
using Cairn.Simulation.Checks;
using Cairn.Simulation.Clusters;
using Cairn.Simulation.Engine;
using Cairn.Simulation.Stories;
using Orleans;

namespace Cairn.Simulation.Jobs;

/// <summary>One life of a training process: joins the model, takes its steps, and writes into its log what it is about to send.</summary>
/// <param name="job">What it works at.</param>
/// <param name="index">Which trainer it is: its row of the clock, and what it owns.</param>
/// <param name="party">The process.</param>
/// <param name="habits">How it behaves.</param>
internal sealed class Trainer(Job job, int index, Party party, TrainerHabits habits)
{
    private const int TriesMax = 25;
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan StayPause = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(2);

    private readonly IGrainFactory _grains = SimGrainFactory.Make(job.Cluster, party);
    private readonly string _name = $"t{index}";
    private readonly ShardId? _own = job.Layout.Own(index);
    private readonly Dictionary<ShardId, ShardRoute> _routes = [];
    private ICheckpointCoordinatorGrain _coordinator = null!;
    private Guid _incarnation;
    private long _generation;
    private long _lastEnded;
    private long? _openStep;
    private int _ids;
    private int _steps;
    private int _chances;
    private int _tears;
    private bool _isJoined;
    private bool _hasHung;

    /// <summary>Its process.</summary>
    public Party Party => party;

    /// <summary>Whether it has done all that it wanted.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Whether it has left.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The incarnation of its session.</summary>
    public Guid Incarnation => _incarnation;

    /// <summary>Whether it has a step open, as far as it knows.</summary>
    public bool IsInStep => _openStep is not null;

    /// <summary>What it waits for, in words.</summary>
    public string Doing { get; private set; } = "begins";

    /// <summary>How it behaves.</summary>
    public TrainerHabits Habits => habits;

    /// <summary>Begins.</summary>
    public void Start()
    {
        _coordinator = _grains.GetGrain<ICheckpointCoordinatorGrain>(job.Layout.Definition.Name);
        party.Start(RunAsync);
        party.Start(RenewAsync);
    }

    private bool IsChief => job.Chief == index;

    private async Task RunAsync()
    {
        while (_steps < habits.Steps && !job.IsClosing)
        {
            Doing = "joins";
            if (await JoinAsync())
            {
                await TrainAsync();
            }
            else
            {
                await PauseAsync(PauseMax);
            }
        }

        IsDone = true;
        job.Leaves(index);
        Doing = "stays";
        while (!habits.Leaves && !job.IsClosing)
        {
            await Task.Delay(StayPause, party.Time);
        }

        Doing = "leaves";
        _isJoined = false;
        if (habits.Closes || job.IsClosing)
        {
            Guid incarnation = _incarnation;
            await UntilAsync(() => Calls.TryAsync(() => _coordinator.CloseSessionAsync(incarnation)), () => Task.CompletedTask);
        }

        IsOver = true;
    }

    private async Task<bool> JoinAsync()
    {
        _isJoined = false;
        _openStep = null;
        _incarnation = NewId();
        if (!IsChief && !job.IsDefined)
        {
            return false;
        }

        if (IsChief)
        {
            await Calls.TryAsync(() => _coordinator.DefineAsync(job.Layout.Definition));
        }

        (Outcome outcome, SessionLease? lease) = await Calls.TryAsync(() => _coordinator.OpenSessionAsync(_name, _incarnation));
        if (outcome != Outcome.Done)
        {
            return false;
        }

        (_generation, _lastEnded) = (lease!.Generation, lease.LastEndedStep);
        _isJoined = true;
        job.Trace.Tell(party, $"joins generation {_generation}, {_lastEnded} ended");
        return await DescribeAsync();
    }

    private async Task<bool> DescribeAsync()
    {
        (Outcome outcome, ModelDescription? description) = await Calls.TryAsync(_coordinator.DescribeAsync);
        if (outcome == Outcome.Done)
        {
            foreach (ShardRoute route in description!.Routes)
            {
                _routes[route.Shard] = route;
            }
        }

        return outcome == Outcome.Done;
    }

    private async Task TrainAsync()
    {
        if (!job.Truth.IsInitialised(_generation) && !(IsChief ? await InitialiseAsync() : await WaitForTheChiefAsync()))
        {
            return;
        }

        while (_steps < habits.Steps && !job.IsClosing)
        {
            await ThinkAsync();
            if (!await StepAsync(_lastEnded + 1))
            {
                return;
            }

            _steps++;
        }
    }

    private async Task<bool> WaitForTheChiefAsync()
    {
        Doing = "waits for the chief";
        for (int i = 0; i < 20 && !IsChief && !job.Truth.IsInitialised(_generation) && !job.IsClosing; i++)
        {
            await PauseAsync(PauseMax / 4);
        }

        return job.Truth.IsInitialised(_generation);
    }

    private async Task<bool> InitialiseAsync()
    {
        Doing = "initialises";
        LoggedUpdate[] updates = [.. job.Layout.Shards.Select(shard => new LoggedUpdate(shard.Shard, UpdateKind.Initialise, 0, null, null))];
        if (!await StepAsync(_lastEnded + 1, _ => updates))
        {
            return false;
        }

        job.Truth.Initialised(_generation);
        return true;
    }

    private Task<bool> StepAsync(long step) => StepAsync(step, Plan);

    private async Task<bool> StepAsync(long step, Func<long, LoggedUpdate[]> plan)
    {
        StepRequest request = new(_incarnation, _generation, step);
        Doing = $"begins step {step}";
        (Outcome outcome, StepStamp stamp) = await UntilAsync(() => Calls.TryAsync(() => _coordinator.BeginStepAsync(request)), RegisterAsync);
        if (outcome != Outcome.Done)
        {
            await AbandonAsync(request);
            return false;
        }

        _openStep = step;
        LoggedStep log = job.Truth.Begin(_generation, _name, _incarnation, step);
        Stamped stamped = new(request, stamp);
        job.Trace.Tell(party, $"begins step {step}, stamp {stamp.Generation}/{stamp.Epoch}/{stamp.Cut}");
        LoggedUpdate[] updates = plan(step);
        bool tears = job.Truth.IsInitialised(_generation) && _tears < habits.TearsMax && IsBy(habits.TearShare);
        int count = tears ? (updates.Length + 1) / 2 : updates.Length;
        if (job.Truth.IsInitialised(_generation) && IsBy(habits.ReadShare) && !await ReadAsync(log, stamped))
        {
            await AbandonAsync(request);
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            Doing = $"updates {updates[i].Shard} in step {step}";
            log.Updates.Add(updates[i]);
            if (!await ApplyAsync(updates[i], stamped, i))
            {
                await AbandonAsync(request);
                return false;
            }

            if (i == 0 && habits.HangsInStep == _steps && !_hasHung)
            {
                _hasHung = true;
                Doing = $"hangs in step {step}";
                job.Attacks.Add(Attack.TrainerHangsInAStepWithItsLeaseAlive);
                await Task.Delay(TimeSpan.FromTicks(habits.HangTicks), party.Time);
            }
        }

        if (tears)
        {
            _tears++;
            job.Trace.Tell(party, $"gives up step {step}");
            await AbandonAsync(request);
            return false;
        }

        log.IsEndSent = true;
        Doing = $"ends step {step}";
        Outcome end = await UntilAsync(() => Calls.TryAsync(() => _coordinator.EndStepAsync(request)), RegisterAsync);
        if (end != Outcome.Done)
        {
            await AbandonAsync(request);
            return false;
        }

        log.IsEnded = true;
        (_openStep, _lastEnded) = (null, step);
        job.Trace.Tell(party, $"has ended step {step}");
        return true;
    }

    private LoggedUpdate[] Plan(long step)
    {
        if (IsBy(habits.EmptyShare))
        {
            return [];
        }

        List<LoggedUpdate> updates = [];
        foreach (ShardId shard in job.Layout.ClockShards)
        {
            (long start, long rows) = job.Layout.Of(shard).RowsOf(shard.Index);
            byte[] payload = new byte[rows * 16];
            for (int row = 0; row < rows; row++)
            {
                BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(row * 16), start + row == index ? 1 : 0);
                BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan((row * 16) + 8), (long)(Chance.Mix(Chance.Of(_name), (ulong)step, (ulong)row, 3) % 1000));
            }

            updates.Add(new LoggedUpdate(shard, UpdateKind.AssignAdd, 0, payload, null));
        }

        if (_own is { } own)
        {
            byte[] payload = new byte[8];
            BinaryPrimitives.WriteSingleLittleEndian(payload, (step * 8) + index);
            BinaryPrimitives.WriteSingleLittleEndian(payload.AsSpan(4), -step);
            updates.Add(new LoggedUpdate(own, UpdateKind.Assign, 0, payload, null));
            updates.Add(new LoggedUpdate(own, UpdateKind.UpdateAverage, 0, null, step % 3 == 0 ? step : null));
        }

        // Whoever owns something begins with it every other step, so that shards are met in another order.
        return step % 2 == 0 ? [.. updates.Skip(job.Layout.ClockShards.Length), .. updates.Take(job.Layout.ClockShards.Length)] : [.. updates];
    }

    private async Task<bool> ApplyAsync(LoggedUpdate update, Stamped stamped, int ordinal)
    {
        IVariableGrain grain = _grains.GetGrain<IVariableGrain>(update.Shard.ToString());
        OperationId operation = new(_incarnation, stamped.Request.Step, ordinal);
        ReadOnlyMemory<byte>? payload = update.Payload is null ? null : update.Payload;
        (Outcome outcome, _) = await UntilAsync(
            () => Calls.TryAsync(() => grain.ApplyAsync(new ShardUpdate(
                _routes[update.Shard].Incarnation, stamped.Stamp, operation, update.Kind, TensorPart.Value, update.OffsetBytes, payload, null, update.NumUpdates))),
            () => DescribeAsync(),
            () => RenewStampAsync(stamped));
        return outcome == Outcome.Done;
    }

    private async Task<bool> ReadAsync(LoggedStep log, Stamped stamped)
    {
        foreach (ShardId shard in job.Layout.ClockShards)
        {
            IVariableGrain grain = _grains.GetGrain<IVariableGrain>(shard.ToString());
            (Outcome outcome, ReadOnlyMemory<byte> bytes) = await UntilAsync(
                () => Calls.TryAsync(() => grain.ReadAsync(ReadOf(shard, stamped.Stamp))),
                () => DescribeAsync(),
                () => RenewStampAsync(stamped));
            if (outcome != Outcome.Done)
            {
                return false;
            }

            log.Reads.Add((shard, Clocks.Of(bytes.Span)));
        }

        return true;
    }

    private ShardRead ReadOf(ShardId shard, StepStamp stamp) =>
        new(_routes[shard].Incarnation, stamp.Generation, TensorPart.Value, 0, job.Layout.Of(shard).BytesOf(shard.Index), stamp);

    // R13: the open step is stamped by the new coordinator, and refused updates are sent again under their old ids.
    private async Task RenewStampAsync(Stamped stamped)
    {
        await RegisterAsync();
        (Outcome outcome, StepStamp stamp) = await Calls.TryAsync(() => _coordinator.BeginStepAsync(stamped.Request));
        if (outcome == Outcome.Done)
        {
            stamped.Stamp = stamp;
            job.Trace.Tell(party, $"goes on with step {stamp.Step}, stamp {stamp.Generation}/{stamp.Epoch}/{stamp.Cut}");
        }
    }

    private async Task AbandonAsync(StepRequest request)
    {
        _openStep = null;
        _isJoined = false;
        Doing = $"abandons step {request.Step}";
        (Outcome outcome, bool isTorn) = await UntilAsync(() => Calls.TryAsync(() => _coordinator.AbandonStepAsync(request)), () => Task.CompletedTask);
        job.Trace.Tell(party, $"has abandoned step {request.Step}: {outcome}, torn: {isTorn}");
    }

    private Task RegisterAsync() => Calls.TryAsync(() => _coordinator.OpenSessionAsync(_name, _incarnation, _openStep, _generation));

    private async Task RenewAsync()
    {
        while (!IsOver)
        {
            await Task.Delay(TimeSpan.FromSeconds(10), party.Time);
            if (_isJoined)
            {
                await RenewOnceAsync();
            }
        }
    }

    // What is refused for good is not asked for again: the next step joins anew.
    private async Task RenewOnceAsync()
    {
        Guid incarnation = _incarnation;
        (Outcome outcome, _) = await Calls.TryAsync(() => _coordinator.OpenSessionAsync(_name, incarnation, _openStep, _generation));
        if (outcome == Outcome.Stale && incarnation == _incarnation)
        {
            _isJoined = false;
        }
    }

    private async Task<Outcome> UntilAsync(Func<Task<Outcome>> call, Func<Task> mend) => (await UntilAsync(async () => (await call(), true), mend)).Outcome;

    private async Task<(Outcome Outcome, T? Answer)> UntilAsync<T>(Func<Task<(Outcome Outcome, T? Answer)>> call, Func<Task> mend, Func<Task>? renew = null)
    {
        TimeSpan pause = PauseMin;
        for (int tries = 1; ; tries++)
        {
            (Outcome Outcome, T? Answer) result = await call();
            if (result.Outcome is not (Outcome.Again or Outcome.Superseded) || tries >= TriesMax)
            {
                return result;
            }

            await PauseAsync(pause);
            pause = pause < PauseMax ? 2 * pause : PauseMax;
            await (result.Outcome == Outcome.Superseded && renew is not null ? renew() : mend());
        }
    }

    private Task ThinkAsync() => PauseAsync(TimeSpan.FromTicks(habits.ThinkTicks));

    private Task PauseAsync(TimeSpan most) =>
        Task.Delay(TimeSpan.FromTicks(1 + (long)(Chance.Unit(Chance.Mix(job.Seed, party.Hash, (ulong)++_chances, 8)) * most.Ticks)), party.Time);

    private bool IsBy(double share) => share > 0 && Chance.Unit(Chance.Mix(job.Seed, party.Hash, (ulong)++_chances, 9)) < share;

    private Guid NewId() => Chance.Id(Chance.Mix(job.Seed, party.Hash, (ulong)++_ids, 10));

    private sealed class Stamped(StepRequest request, StepStamp stamp)
    {
        public StepRequest Request => request;

        public StepStamp Stamp { get; set; } = stamp;
    }
}
