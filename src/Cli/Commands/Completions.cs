using System.CommandLine;
using System.CommandLine.Completions;
using Cairn.Format.Bundles;
using Cairn.Format.Errors;

namespace Cairn.Cli.Commands;

/// <summary>What may stand where a checkpoint or a tensor is named. Only this machine is asked: a shell waits for the answer.</summary>
internal static class Completions
{
    private const int ShownMax = 1000;
    private const string IndexExtension = ".index";
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(2);

    /// <summary>Checkpoints, and folders in which there may be some.</summary>
    public static IEnumerable<CompletionItem> Prefixes(CompletionContext context)
    {
        string word = context.WordToComplete;
        string typed = word[..(word.LastIndexOf('/') + 1)];
        if (word.Contains("://", StringComparison.Ordinal) || !Directory.Exists(typed.Length == 0 ? "." : typed))
        {
            return [];
        }

        DirectoryInfo folder = new(typed.Length == 0 ? "." : typed);
        EnumerationOptions readable = new() { IgnoreInaccessible = true };
        IEnumerable<string> checkpoints = folder.EnumerateFiles("*" + IndexExtension, readable).Select(file => typed + file.Name[..^IndexExtension.Length]);
        IEnumerable<string> folders = folder.EnumerateDirectories("*", readable).Select(inner => $"{typed}{inner.Name}/");
        return checkpoints.Concat(folders).Where(name => name.StartsWith(word, StringComparison.Ordinal)).Take(ShownMax).Select(name => new CompletionItem(name));
    }

    /// <summary>The tensors of the checkpoint that stands before.</summary>
    public static Func<CompletionContext, IEnumerable<CompletionItem>> TensorsOf(Argument<string> prefix) => context =>
    {
        string? address = context.ParseResult.GetValue(prefix);
        if (string.IsNullOrEmpty(address) || address.Contains("://", StringComparison.Ordinal))
        {
            return [];
        }

        try
        {
            using CancellationTokenSource deadline = new(TimeMax);
            OpenedPrefix opened = OpenedPrefix.Open(address);
            BundleIndex index = BundleIndex.ReadAsync(opened.Store, opened.Prefix, deadline.Token).AsTask().GetAwaiter().GetResult();
            return index.Tensors.Select(tensor => tensor.Name)
                .Where(name => name.StartsWith(context.WordToComplete, StringComparison.Ordinal)).Take(ShownMax).Select(name => new CompletionItem(name));
        }
        catch (Exception fault) when (fault is CheckpointException or OperationCanceledException)
        {
            return []; // A shell that completes shows no errors; the command will.
        }
    };
}
