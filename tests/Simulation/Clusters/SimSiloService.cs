using Cairn.Contracts.Silos;
using Cairn.Format.Errors;
using Cairn.Grains.Variables;
using Cairn.Grains.Variables.Silos;
using Microsoft.Extensions.Options;

namespace Cairn.Simulation.Clusters;

/// <summary>The service of a silo of a story. It writes data files with the real writer, and stages loads piece by piece as the real loader does; only its
/// bookkeeping is its own, since the real one uses the thread pool.</summary>
internal sealed class SimSiloService(SimSilo silo, VariablesOptions options)
{
    private readonly BlockPool _blocks = new(Options.Create(options));
    private readonly Dictionary<Guid, Work> _works = [];

    /// <summary><see cref="ISiloService.DescribeAsync"/>.</summary>
    public SiloDescription Describe() => new(silo.Address, silo.Current, silo.Shards.Pool.BytesMax, silo.Shards.Pool.UsedBytes);

    /// <summary><see cref="ISiloService.StartDataFileAsync"/>.</summary>
    public void StartDataFile(DataFileTicket ticket) => Start(ticket.Attempt, async work =>
    {
        DataFileReceipt receipt = await new DataFileWriter(silo.Store, _blocks, silo.Shards.Sealed, silo.Address, false).WriteAsync(ticket, work.Progress, work.Given.Token);
        return new WorkStatus(true, work.Progress.DoneBytes, work.Progress.TotalBytes, null, null, receipt, null);
    });

    /// <summary><see cref="ISiloService.StartLoadAsync"/>.</summary>
    public void StartLoad(LoadTicket ticket) => Start(ticket.Load, async work =>
    {
        LoadReceipt receipt = await SimLoad.StageAsync(silo, ticket, options.BlockBytes, work.Given.Token);
        return new WorkStatus(true, work.Progress.DoneBytes, work.Progress.TotalBytes, null, null, null, receipt);
    });

    /// <summary><see cref="ISiloService.WaitAsync"/>.</summary>
    public async Task<WorkStatus> WaitAsync(Guid work, TimeSpan patience)
    {
        Work found = _works.GetValueOrDefault(work) ?? throw new CheckpointException(CheckpointError.NotFound, $"The silo knows no work {work}.");
        if (found.Outcome is null)
        {
            await Task.WhenAny(found.Done.Task, Task.Delay(patience, silo.Party.Time));
        }

        return found.Outcome ?? new WorkStatus(false, found.Progress.DoneBytes, found.Progress.TotalBytes, null, null, null, null);
    }

    /// <summary><see cref="ISiloService.DropAsync"/>.</summary>
    public void Drop(Guid work)
    {
        if (!_works.TryGetValue(work, out Work? found))
        {
            _works.Add(work, found = new Work());
            found.End(Failed(new OperationCanceledException()));
        }

        found.Given.Cancel();
        silo.Shards.Staged.Drop(work);
        silo.Shards.Sealed.Drop(work);
    }

    private static WorkStatus Failed(Exception fault) => new(
        true, 0, 0, fault is CheckpointException refusal ? refusal.Error : CheckpointError.Aborted, fault.Message, null, null);

    private void Start(Guid id, Func<Work, Task<WorkStatus>> run)
    {
        if (_works.ContainsKey(id))
        {
            return;
        }

        Work work = new();
        _works.Add(id, work);
        _ = RunAsync(id, work, run);
    }

    private async Task RunAsync(Guid id, Work work, Func<Work, Task<WorkStatus>> run)
    {
        WorkStatus outcome;
        try
        {
            outcome = await run(work);
        }
        catch (Exception fault) when (fault is CheckpointException or OperationCanceledException)
        {
            outcome = Failed(fault);
        }

        if (work.Given.IsCancellationRequested)
        {
            silo.Shards.Staged.Drop(id);
        }

        work.End(outcome);
    }

    private sealed class Work
    {
        public CancellationTokenSource Given { get; } = new();

        public WorkProgress Progress { get; } = new();

        public TaskCompletionSource Done { get; } = new();

        public WorkStatus? Outcome { get; private set; }

        public void End(WorkStatus outcome)
        {
            Outcome = outcome;
            Done.SetResult();
        }
    }
}
