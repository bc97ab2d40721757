using Cairn.Grains.Coordination;
using Cairn.Grains.Variables;

namespace Cairn.Simulation.Clusters;

/// <summary>The options of the silos of a story.</summary>
/// <param name="Coordination">Of the coordinators.</param>
/// <param name="Variables">Of the variables.</param>
internal sealed record SimLimits(CoordinationOptions Coordination, VariablesOptions Variables);
