using Cairn.Storage.AzureBlobs;
using Cairn.Storage.Local;

namespace Cairn.Storage.Addresses;

/// <summary>How stores are opened by address.</summary>
public sealed class StoreOptions
{
    /// <summary>The variable of the environment that holds the connection string of <c>azblob://</c> addresses.</summary>
    public const string ConnectionStringVariable = "AZURE_STORAGE_CONNECTION_STRING";

    /// <summary>The account of <c>azblob://</c> addresses. Default: the environment's <see cref="ConnectionStringVariable"/>.</summary>
    public string? AzureConnectionString { get; init; } = Environment.GetEnvironmentVariable(ConnectionStringVariable);

    /// <summary>For folders.</summary>
    public LocalBlobStoreOptions Local { get; init; } = new();

    /// <summary>For containers.</summary>
    public AzureBlobStoreOptions Azure { get; init; } = new();
}
