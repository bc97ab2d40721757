namespace Cairn.Chaos.Proxies;

/// <summary>What the proxy does to one request.</summary>
internal enum ProxyFault
{
    /// <summary>Passes it on.</summary>
    None,

    /// <summary>Holds it back for a while.</summary>
    Delay,

    /// <summary>Answers 503 without passing it on.</summary>
    Unavailable,

    /// <summary>Cuts the connection before anything is passed on.</summary>
    CutRequest,

    /// <summary>Passes half of it on, then cuts both connections.</summary>
    CutHalfRequest,

    /// <summary>Passes it on and loses the answer.</summary>
    CutAnswer,

    /// <summary>Gives half of the answer, then cuts the connection.</summary>
    CutHalfAnswer,

    /// <summary>Passes it on twice and gives the first answer.</summary>
    RepeatGiveFirst,

    /// <summary>Passes it on twice and gives the second answer.</summary>
    RepeatGiveSecond,

    /// <summary>Passes it on, and once more some seconds later: the copy of a request that was thought lost.</summary>
    RepeatLate,

    /// <summary>Changes a bit of the body on the way there.</summary>
    CorruptRequest,

    /// <summary>Changes a bit of the body on the way back.</summary>
    CorruptAnswer,
}
