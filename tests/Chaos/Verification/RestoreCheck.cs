using System.Runtime.InteropServices;
using Cairn.Chaos.Models;
using Cairn.Client;

namespace Cairn.Chaos.Verification;

/// <summary>Restores checkpoints into a fresh model of the healthy cluster and compares what is read there with the files.</summary>
internal static class RestoreCheck
{
    private const string ModelName = "chaos-restored";

    /// <summary>What differs; empty when every tensor came back as it was saved.</summary>
    public static async Task<IReadOnlyList<string>> RunAsync(CairnClient client, IEnumerable<StoredCheckpoint> checkpoints, CancellationToken cancellationToken)
    {
        var faults = new List<string>();
        DeclaredModel fresh = DeclaredModel.Declare(client, ModelName);
        foreach (StoredCheckpoint checkpoint in checkpoints)
        {
            await new Saver(fresh.Model).RestoreAsync(checkpoint.Prefix, cancellationToken: cancellationToken);
            foreach (Variable variable in fresh.Model.GlobalVariables())
            {
                byte[] restored = await variable.ReadBytesAsync(cancellationToken);
                if (!restored.AsSpan().SequenceEqual(checkpoint.Tensors[variable.Name].Span))
                {
                    faults.Add($"'{variable.Name}' restored from '{checkpoint.Prefix}' is not what was saved.");
                }
            }
        }

        await fresh.Model.DeleteAsync(cancellationToken);
        return faults;
    }
}
