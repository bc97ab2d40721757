using System.CommandLine;

namespace Cairn.Cli.Commands;

/// <summary><c>cairn completion</c>: what a shell needs to complete command lines. The command itself says what may come, by its <c>[suggest]</c> directive.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # bash completion of cairn: eval "$(cairn completion bash)"
        _cairn() {
            local IFS=$'\n'
            local line="${COMP_LINE:0:$COMP_POINT}"
            COMPREPLY=($(compgen -W "$(cairn "[suggest:${#line}]" "$line" 2> /dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -o nospace -F _cairn cairn
        """;

    private const string Zsh = """
        #compdef cairn
        # zsh completion of cairn: eval "$(cairn completion zsh)", after compinit
        _cairn() {
            local -a found
            found=("${(@f)$(cairn "[suggest:$CURSOR]" "$BUFFER" 2> /dev/null)}")
            if [[ -n "$found" ]]; then
                compadd -S '' -a found
            else
                _files
            fi
        }
        compdef _cairn cairn
        """;

    private const string Fish = """
        # fish completion of cairn: cairn completion fish | source
        complete --command cairn --arguments '(set --local line (commandline --cut-at-cursor); cairn "[suggest:"(string length -- $line)"]" "$line" 2> /dev/null)'
        """;

    public static Command Create()
    {
        Argument<string> shell = new("SHELL") { Description = "bash, zsh or fish", HelpName = "SHELL" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        ExampleCommand command = new(
            "completion",
            "Prints the script by which a shell completes cairn's commands, options, checkpoints and tensors",
            "Checkpoints are completed in folders of this machine, tensors of 'show' by their index.",
            "eval \"$(cairn completion bash)\"")
        {
            shell,
        };
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.WriteLine(parsed.GetRequiredValue(shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            _ => Fish,
        }));
        return command;
    }
}
