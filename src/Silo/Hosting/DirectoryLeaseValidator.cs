using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Cairn.Silo.Hosting;

/// <summary>Refuses a lease of the grain directory that Orleans would silently compute to nothing: it subtracts
/// the longest detection of a dead silo from the lease.</summary>
internal sealed class DirectoryLeaseValidator(
    IOptions<GrainDirectoryOptions> directory, IOptions<ClusterMembershipOptions> membership) : IConfigurationValidator
{
    public void ValidateConfiguration()
    {
        TimeSpan detection = membership.Value.MaxProbeTimeout * membership.Value.NumMissedProbesLimit;
        if (directory.Value.RangeLeaseDuration <= detection)
        {
            throw new OrleansConfigurationException(
                $"GrainDirectoryOptions.RangeLeaseDuration is {directory.Value.RangeLeaseDuration}, but must be above"
                + $" MaxProbeTimeout x NumMissedProbesLimit = {detection}:"
                + " a silo that is declared dead would keep no lease, and its shards could be active twice. Raise the lease, or lower MaxProbeTimeout.");
        }
    }
}
