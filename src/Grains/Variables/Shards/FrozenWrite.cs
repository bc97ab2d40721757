namespace Cairn.Grains.Variables.Shards;

/// <summary>The writing of frozen versions into one data file, from taking them until all their bytes are in blocks. While it lasts it holds their pages,
/// and may be given up for them. Disposed after the last page was released.</summary>
internal sealed class FrozenWrite : IDisposable
{
    private readonly SealedVersions _versions;
    private readonly CancellationTokenSource _stop;
    private volatile bool _isGivenUp;

    internal FrozenWrite(SealedVersions versions, Guid attempt, CancellationToken cancellationToken)
    {
        _versions = versions;
        Attempt = attempt;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Token = _stop.Token;
    }

    /// <summary>The save.</summary>
    public Guid Attempt { get; }

    /// <summary>Cancelled when the work or this write is given up.</summary>
    public CancellationToken Token { get; }

    /// <summary>Whether it was given up for its pages.</summary>
    public bool IsGivenUp => _isGivenUp;

    /// <summary>No page is held any more, so that there is nothing to give it up for.</summary>
    public void PagesReleased() => _versions.End(this);

    /// <inheritdoc/>
    public void Dispose()
    {
        PagesReleased();
        _stop.Dispose();
    }

    /// <summary>Gives it up; called by the registry while it is entered there, so before it is disposed.</summary>
    internal void GiveUp()
    {
        _isGivenUp = true;
        _stop.CancelAsync().Ignore(); // What is cancelled runs elsewhere: the caller is a shard that trains.
    }
}
