using System.CommandLine;
using System.Globalization;
using Cairn.Cli.Output;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Rewriting;

namespace Cairn.Cli.Commands;

/// <summary>The options that say how a new checkpoint is laid out, and the writing of it.</summary>
internal sealed class LayoutOptions
{
    private readonly Option<int?> _shards = new("--shards")
    {
        Description = "Write this many data files, about equally long. Default: as many as the source has",
        HelpName = "N",
    };

    private readonly Option<string[]> _partition = new("--partition")
    {
        Description = "Store tensors whose names match in N slices of their rows, 1 for whole; may be repeated, the first that matches counts",
        HelpName = "GLOB=N",
    };

    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace a checkpoint that has the new name" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_shards, _partition, _overwrite])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether the layout shall be another than the source's.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetResult(_shards) is not null || parsed.GetResult(_partition) is not null;

    /// <summary>Whether a checkpoint of the new name is replaced.</summary>
    public bool Overwrites(ParseResult parsed) => parsed.GetValue(_overwrite);

    /// <summary>Writes the checkpoint, and prints a line that says so.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="tensors">Its tensors.</param>
    /// <param name="destination">Where it goes.</param>
    /// <param name="origin">The data files of the source, and the checkpoint whose <c>.meta</c> comes along, if any does.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task WriteAsync(
        ParseResult parsed,
        IReadOnlyCollection<TensorSource> tensors,
        OpenedPrefix destination,
        (int ShardCount, BundleLocation? MetaSource) origin,
        CancellationToken cancellationToken)
    {
        (NameGlob Glob, int Count)[] partitions = [.. (parsed.GetValue(_partition) ?? []).Select(ToPartition)];
        foreach ((NameGlob glob, _) in partitions.Where(partition => !tensors.Any(tensor => partition.Glob.IsMatch(tensor.Name))))
        {
            throw new CheckpointException(CheckpointError.InvalidArgument, $"'{_partition.Name} {glob}': no tensor of the new checkpoint has such a name.");
        }

        long bytes = tensors.Sum(tensor => tensor.LengthBytes);
        int shardCount = parsed.GetValue(_shards) ?? Math.Clamp(tensors.Count, 1, origin.ShardCount);
        using (ProgressLine? progress = ProgressLine.Begin(parsed, "writing", bytes))
        {
            RewriteOptions options = new()
            {
                ShardCount = shardCount,
                Overwrite = Overwrites(parsed),
                PartitionsOf = name => Array.Find(partitions, partition => partition.Glob.IsMatch(name)) is ({ }, var count) ? count : null,
                MetaSource = origin.MetaSource,
                Progress = progress,
            };
            await BundleRewriter.WriteAsync(tensors, destination.Location, options, cancellationToken);
        }

        await parsed.InvocationConfiguration.Output.WriteLineAsync(Summary(destination, tensors.Count, bytes, shardCount));
    }

    /// <summary>What is said of a checkpoint that was made.</summary>
    public static string Summary(OpenedPrefix destination, int tensors, long bytes, int shards) =>
        string.Create(CultureInfo.InvariantCulture, $"{destination.Address}: {tensors} tensors, {bytes:N0} bytes, {shards} data file(s)");

    private (NameGlob Glob, int Count) ToPartition(string value)
    {
        (string glob, string count) = Pairs.Split(_partition.Name, value, "GLOB=N");
        return int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? (new NameGlob(glob), number)
            : throw new CheckpointException(CheckpointError.InvalidArgument, $"'{_partition.Name} {value}': '{count}' is no number of slices, 1 or more.");
    }
}
