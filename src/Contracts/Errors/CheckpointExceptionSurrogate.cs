using Cairn.Format.Errors;

namespace Cairn.Contracts.Errors;

/// <summary>A <see cref="CheckpointException"/> on the wire: kind and message; the inner exception stays in its process, in the log.</summary>
[GenerateSerializer, Alias("cairn.CheckpointException")]
internal struct CheckpointExceptionSurrogate
{
    [Id(0)]
    public CheckpointError Error;

    [Id(1)]
    public string Message;
}

[RegisterConverter]
internal sealed class CheckpointExceptionConverter : IConverter<CheckpointException, CheckpointExceptionSurrogate>
{
    public CheckpointException ConvertFromSurrogate(in CheckpointExceptionSurrogate surrogate) => new(surrogate.Error, surrogate.Message);

    public CheckpointExceptionSurrogate ConvertToSurrogate(in CheckpointException value) => new() { Error = value.Error, Message = value.Message };
}
