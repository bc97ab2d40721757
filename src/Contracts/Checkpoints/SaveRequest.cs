using System.Collections.Immutable;

namespace Cairn.Contracts.Checkpoints;

/// <summary>Asks for a checkpoint, with the vocabulary of <c>tf.train.Saver.save</c>.</summary>
/// <param name="Request">Drawn by the caller; a repeat gets the same outcome.</param>
/// <param name="Prefix">The path in the silo's store, such as <c>./model/model.ckpt</c>, without the step.</param>
/// <param name="GlobalStep">Appended as <c>-1000</c>, or null.</param>
/// <param name="Tensors">What to save under which keys; empty means all variables and shadows under their own names.</param>
/// <param name="Options">The saver's options.</param>
/// <param name="Session">The incarnation of the session that saves, so that a save from inside its own open step is refused; null from outside any
/// session.</param>
[GenerateSerializer, Immutable, Alias("cairn.SaveRequest")]
public sealed record SaveRequest(
    [property: Id(0)] Guid Request,
    [property: Id(1)] string Prefix,
    [property: Id(2)] long? GlobalStep,
    [property: Id(3)] ImmutableArray<TensorBinding> Tensors,
    [property: Id(4)] SaveOptions Options,
    [property: Id(5)] Guid? Session = null);
