using Cairn.Format.Errors;

namespace Cairn.Contracts.Errors;

/// <summary>A <see cref="StaleGenerationException"/> on the wire; the inner exception stays in its process.</summary>
[GenerateSerializer, Alias("cairn.StaleGenerationException")]
internal struct StaleGenerationExceptionSurrogate
{
    [Id(0)]
    public string Message;

    [Id(1)]
    public long Generation;

    [Id(2)]
    public string? ResumePrefix;

    [Id(3)]
    public long? ResumeStep;
}

[RegisterConverter]
internal sealed class StaleGenerationExceptionConverter : IConverter<StaleGenerationException, StaleGenerationExceptionSurrogate>
{
    public StaleGenerationException ConvertFromSurrogate(in StaleGenerationExceptionSurrogate surrogate) =>
        new(surrogate.Message, surrogate.Generation, surrogate.ResumePrefix, surrogate.ResumeStep);

    public StaleGenerationExceptionSurrogate ConvertToSurrogate(in StaleGenerationException value) => new()
    {
        Message = value.Message,
        Generation = value.Generation,
        ResumePrefix = value.ResumePrefix,
        ResumeStep = value.ResumeStep,
    };
}
