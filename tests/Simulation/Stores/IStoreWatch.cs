using Cairn.Simulation.Engine;

namespace Cairn.Simulation.Stores;

/// <summary>Sees every operation on the store.</summary>
internal interface IStoreWatch
{
    /// <summary>An operation is asked for. Returns what becomes of it.</summary>
    StoreFate Asks(Party party, StoreEffect effect, string name, StoreFate fate);

    /// <summary>An operation is about to have its effect. False: it never has one (its process died before the request had left it).</summary>
    bool TakesEffect(Party party, StoreEffect effect, string name);

    /// <summary>An operation had its effect, and its caller will hear that it failed.</summary>
    void LosesAnswer(Party party, StoreEffect effect, string name);

    /// <summary>Whether the blocks that an upload has staged are gone when it commits.</summary>
    bool LosesBlocks(Party party, string name);
}
