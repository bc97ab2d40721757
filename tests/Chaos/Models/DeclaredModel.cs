using Cairn.Client;
using Cairn.Format.Tensors;

namespace Cairn.Chaos.Models;

/// <summary>The chaos model as the SDK knows it.</summary>
internal sealed class DeclaredModel
{
    private readonly Dictionary<string, Variable<float>> _floats = [];
    private readonly Dictionary<string, Variable<long>> _longs = [];

    private DeclaredModel(Model model) => Model = model;

    public Model Model { get; }

    /// <summary>The averages of each trainer's own variables.</summary>
    public required ExponentialMovingAverage[] Averages { get; init; }

    /// <summary>What the next update of an average that counts passes as its count.</summary>
    public long NumUpdates { get; set; }

    public static DeclaredModel Declare(CairnClient client, string name)
    {
        Model model = client.Model(name);
        var averages = new ExponentialMovingAverage[ModelPlan.TrainerCount];
        var declared = new DeclaredModel(model) { Averages = averages };
        foreach (PlannedVariable planned in ModelPlan.Variables)
        {
            declared.Add(planned);
        }

        for (int trainer = 0; trainer < averages.Length; trainer++)
        {
            Variable[] owned = [.. ModelPlan.Variables.Where(variable => variable.Owner == trainer).Select(variable => declared._floats[variable.Name])];
            Func<long>? count = ModelPlan.CountsUpdates(trainer) ? () => declared.NumUpdates : null;
            averages[trainer] = new ExponentialMovingAverage(model, ModelPlan.Decay, count);
            averages[trainer].Apply(owned);
        }

        return declared;
    }

    public Variable<float> Floats(string name) => _floats[name];

    public Variable<long> Longs(string name) => _longs[name];

    private void Add(PlannedVariable planned)
    {
        var shape = new TensorShape(planned.Elements);
        var partitioner = Partitioner.FixedSize(planned.Shards);
        if (planned.Kind == PlannedKind.SharedLongs)
        {
            _longs.Add(planned.Name, Model.Variable(planned.Name, shape, (long)planned.Initial, partitioner, trainable: false));
        }
        else
        {
            _floats.Add(planned.Name, Model.Variable(planned.Name, shape, (float)planned.Initial, partitioner, planned.Kind == PlannedKind.Owned));
        }
    }
}
