using Cairn.Client;
using Cairn.Silo;
using Cairn.Storage.Local;

namespace Cairn.Bench;

/// <summary>The peak of a silo's memory during a save, above the same silo idle with its model loaded: without an update, and with every page rewritten while
/// not one block is stored. The trainer is in the process too, so that its buffers count.</summary>
internal static class MemoryBench
{
    private const int VariableCount = 64;
    private const int VariableElements = 2 << 20; // 8 MiB; 512 MiB in all.
    private const double ModelMiB = 512;

    public static async Task<IReadOnlyList<Measured>> RunAsync() =>
    [
        new Measured("peak memory during a save without updates, above idle", await MeasureAsync(rewrites: false), " MiB", 128,
            "a model of 512 MiB, into a folder"),
        new Measured("peak memory during a save in which every page is rewritten, above idle", await MeasureAsync(rewrites: true), " MiB", ModelMiB + 128,
            "the same model; no block is stored before all pages are rewritten"),
    ];

    private static async Task<double> MeasureAsync(bool rewrites)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("cairn-bench-");
        try
        {
            var store = new GatedStore(new LocalBlobStore(folder.FullName));
            await using Training training = await Training.BeginAsync(
                new EmbeddedClusterOptions { Store = store, PageBytesMax = 2L << 30 }, VariableCount, VariableElements);
            float[] ones = new float[VariableElements];
            ones.AsSpan().Fill(1);
            await RewriteAsync(training, ones);
            long idleBytes = ProcessMemory.SettleBytes();

            Task<string> save = new Saver(training.Model).SaveAsync("model/model.ckpt", 1);
            await store.Waiting;
            if (rewrites)
            {
                await RewriteAsync(training, ones);
            }

            store.Open();
            await save;
            return (ProcessMemory.PeakBytes() - idleBytes) / (double)(1 << 20);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task RewriteAsync(Training training, float[] ones)
    {
        foreach (Variable<float> variable in training.Variables)
        {
            await training.Session.StepAsync(step => step.AssignAddAsync(variable, ones.AsMemory()));
        }
    }
}
