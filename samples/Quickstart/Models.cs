using Cairn.Client;
using Cairn.Format.Errors;

namespace Cairn.Quickstart;

/// <summary>Each program works on a model of its own and deletes it at its end, so that the sample can be run again in the same folder.</summary>
internal static class Models
{
    /// <summary>A model that is not defined, whatever an interrupted run has left.</summary>
    public static async Task<Model> NewAsync(CairnClient client, string name)
    {
        Model model = client.Model(name);
        try
        {
            await model.DeleteAsync();
        }
        catch (CheckpointException refusal) when (refusal.Error == CheckpointError.NotFound)
        {
            // As it should be.
        }

        return model;
    }

    /// <summary>What <paramref name="attempt"/> is refused with; a program that shows a refusal must get one.</summary>
    public static async Task<CheckpointException> RefusalOfAsync(Func<Task> attempt)
    {
        try
        {
            await attempt();
        }
        catch (CheckpointException refusal)
        {
            return refusal;
        }

        throw new InvalidOperationException("This was to be refused, and was not.");
    }
}
