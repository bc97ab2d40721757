using Microsoft.Extensions.Options;

namespace Cairn.Grains.Variables;

/// <summary>Checks that blocks and bytes in flight fit together.</summary>
internal sealed class VariablesBlocksValidator : IValidateOptions<VariablesOptions>
{
    public ValidateOptionsResult Validate(string? name, VariablesOptions options)
    {
        var faults = new ValidateOptionsResultBuilder();
        if (options.BlockBytes % 1024 != 0)
        {
            faults.AddError($"{options.BlockBytes} is no multiple of 1024.", nameof(VariablesOptions.BlockBytes));
        }

        if (options.BlockBytes > options.InFlightBytesMax)
        {
            faults.AddError($"{options.BlockBytes} is over {nameof(VariablesOptions.InFlightBytesMax)} ({options.InFlightBytesMax}): not one block could be " +
                $"in flight.", nameof(VariablesOptions.BlockBytes));
        }

        return faults.Build();
    }
}
