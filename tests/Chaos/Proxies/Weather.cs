namespace Cairn.Chaos.Proxies;

/// <summary>How bad the way to the store is.</summary>
internal enum Weather
{
    /// <summary>Nothing happens.</summary>
    Calm,

    /// <summary>A request in fifty meets a fault.</summary>
    Fair,

    /// <summary>A request in eight meets a fault.</summary>
    Stormy,

    /// <summary>Every request is slow.</summary>
    Slow,

    /// <summary>Nobody answers.</summary>
    Refusing,
}
