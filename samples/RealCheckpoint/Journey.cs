using Cairn.Client;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Tensors;

namespace Cairn.RealCheckpoint;

/// <summary>A real checkpoint through a cluster: restored over two silos, averaged three times, saved, and compared with what it was.</summary>
internal sealed class Journey(CairnClient client, BundleLocation source)
{
    private const string ModelName = "real-checkpoint";
    private const int AverageUpdates = 3;
    private const double Decay = 0.99;

    /// <summary>Runs it all. Returns whether every tensor came back bit for bit, and every average is the expected one.</summary>
    public async Task<bool> RunAsync()
    {
        BundleReader before = await BundleReader.OpenAsync(source.Store, source.Prefix, CancellationToken.None);
        ILookup<bool, BundleTensor> tensors = before.Index.Tensors.ToLookup(tensor => tensor.DType.IsFixedSize());
        foreach (BundleTensor left in tensors[false])
        {
            Console.WriteLine($"left to 'cairn copy': {left.Name}  {left.DType.ShortName()} {left.Shape}");
        }

        Model model = await DefineAsync(tensors[true]);
        IReadOnlyList<Variable> variables = model.GlobalVariables();
        ExponentialMovingAverage average = new(model, Decay, name: FreeAverageName(before.Index));
        Variable[] averaged = [.. variables.Where(variable => Averages.CanAverage(variable.DType))];
        if (averaged.Length > 0)
        {
            average.Apply(averaged);
        }

        await model.InitializeAsync();
        await new Saver(model, variables).RestoreAsync(source.Prefix.Value);
        int partitioned = variables.Count(variable => variable.ShardCount == 2);
        Console.WriteLine($"restored: {variables.Count} variables, {partitioned} of them partitioned over two silos, {variables.Sum(BytesOf):N0} bytes");

        for (int update = 0; update < AverageUpdates && averaged.Length > 0; update++)
        {
            await average.UpdateAsync();
        }

        string saved = await new Saver(model) { Overwrite = true }.SaveAsync("./saved/model.ckpt", AverageUpdates);
        BundleReader after = await BundleReader.OpenAsync(source.Store, new CheckpointPrefix(saved), CancellationToken.None);
        Console.WriteLine($"saved: {saved}, {after.Index.ShardCount} data file(s), {averaged.Length} averages after {AverageUpdates} updates");

        int equal = await CountEqualAsync(before, after, variables, variable => variable.Name, value => value.Bytes);
        int equalAverages = await CountEqualAsync(before, after, averaged, average.AverageName, value => Averages.OfConstant(value, Decay, AverageUpdates));
        await model.DeleteAsync();
        Console.WriteLine($"compared: {equal} of {variables.Count} variables are equal bit for bit");
        Console.WriteLine($"compared: {equalAverages} of {averaged.Length} averages are as computed here");
        return equal == variables.Count && equalAverages == averaged.Length;
    }

    private async Task<Model> DefineAsync(IEnumerable<BundleTensor> tensors)
    {
        Model model = client.Model(ModelName);
        try
        {
            await model.DeleteAsync(); // What an earlier run left.
        }
        catch (CheckpointException refusal) when (refusal.Error == CheckpointError.NotFound)
        {
            // The first run.
        }

        foreach (BundleTensor tensor in tensors)
        {
            model.Variable(tensor.DType, tensor.Name, tensor.Shape, Partitioner.FixedSize(2));
        }

        return model;
    }

    /// <summary>The checkpoint may hold averages of its own; ours must not take their names.</summary>
    private static string FreeAverageName(BundleIndex index) =>
        index.Tensors.Any(tensor => tensor.Name.EndsWith("/ExponentialMovingAverage", StringComparison.Ordinal)) ? "CairnAverage" : "ExponentialMovingAverage";

    private static async Task<int> CountEqualAsync(
        BundleReader before,
        BundleReader after,
        IReadOnlyCollection<Variable> variables,
        Func<Variable, string> savedName,
        Func<TensorValue, ReadOnlyMemory<byte>> expect)
    {
        int equal = 0;
        foreach (Variable variable in variables)
        {
            TensorValue was = await before.ReadAsync(variable.Name, CancellationToken.None);
            TensorValue now = await after.ReadAsync(savedName(variable), CancellationToken.None);
            if (was.Shape.Equals(now.Shape) && expect(was).Span.SequenceEqual(now.Bytes.Span))
            {
                equal++;
            }
            else
            {
                Console.WriteLine($"DIFFERENT: {savedName(variable)}");
            }
        }

        return equal;
    }

    private static long BytesOf(Variable variable) => variable.Shape.ElementCount * variable.DType.ElementBytes();
}
