namespace Cairn.Client;

/// <summary>How far a transfer, save or restore is. Reported now and then, never backwards.</summary>
/// <param name="DoneBytes">Bytes moved so far.</param>
/// <param name="TotalBytes">Bytes to move; 0 while that is not known.</param>
public readonly record struct ByteProgress(long DoneBytes, long TotalBytes);
