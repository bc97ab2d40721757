using Microsoft.Extensions.Options;

namespace Cairn.Grains.Variables;

/// <summary>Checks the ranges that the attributes of <see cref="VariablesOptions"/> name.</summary>
[OptionsValidator]
internal sealed partial class VariablesOptionsValidator : IValidateOptions<VariablesOptions>;
