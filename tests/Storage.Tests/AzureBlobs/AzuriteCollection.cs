using Cairn.Testing.Servers;

namespace Cairn.Storage.Tests.AzureBlobs;

/// <summary>One Azurite for all tests that need it; each test has a container of its own.</summary>
[CollectionDefinition(Name)]
public sealed class AzuriteCollection : ICollectionFixture<AzuriteFixture>
{
    public const string Name = "Azurite";
}
