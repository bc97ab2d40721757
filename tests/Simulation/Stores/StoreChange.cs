using Cairn.Format.Blobs;
using Cairn.Simulation.Engine;

namespace Cairn.Simulation.Stores;

/// <summary>A change of the store, as it was seen at the instant that it happened.</summary>
/// <param name="By">Who asked for it; null for another program.</param>
/// <param name="Effect">What was done.</param>
/// <param name="Name">The blob.</param>
/// <param name="Before">What stood there, or null.</param>
/// <param name="After">What stands there now, or null.</param>
internal readonly record struct StoreChange(Party? By, StoreEffect Effect, string Name, StoredBlob? Before, StoredBlob? After);
