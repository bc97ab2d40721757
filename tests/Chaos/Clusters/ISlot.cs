namespace Cairn.Chaos.Clusters;

/// <summary>A place of the run in which one process after the other lives: one of the silos, or one of the trainers.</summary>
internal interface ISlot
{
    /// <summary>How it is called, such as <c>silo-1</c>.</summary>
    string Name { get; }

    ProcessState State { get; }

    /// <summary>Kills the process (SIGKILL).</summary>
    Task KillAsync();

    /// <summary>Freezes it (SIGSTOP).</summary>
    void Freeze();

    /// <summary>Lets it go on (SIGCONT).</summary>
    void Thaw();

    /// <summary>Asks it to stop (SIGTERM) and waits until it has ended.</summary>
    Task StopAsync();

    /// <summary>Starts the next process, and waits until it works.</summary>
    Task StartAsync(CancellationToken cancellationToken);
}
