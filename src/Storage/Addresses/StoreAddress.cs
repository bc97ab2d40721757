using System.Text.RegularExpressions;
using Cairn.Format.Blobs;
using Cairn.Format.Errors;
using Cairn.Storage.AzureBlobs;
using Cairn.Storage.Local;

namespace Cairn.Storage.Addresses;

/// <summary>Where a store is, as a user writes it.</summary>
/// <remarks>
/// <code>
/// address := path                                                          a folder, relative to the current one or absolute
///          | "file://" ["localhost"] absolute-path                         the same, percent-encoded
///          | "azblob://" container ["/" folder]                            account by AZURE_STORAGE_CONNECTION_STRING
///          | "https://" account ".blob." host "/" container ["/" folder] ["?" SAS]      identity by DefaultAzureCredential, or the SAS
/// </code>
/// </remarks>
public sealed partial record StoreAddress
{
    /// <summary>The accepted forms, for messages.</summary>
    public const string Forms = "a folder's path, file:///PATH, azblob://CONTAINER/FOLDER or https://ACCOUNT.blob.core.windows.net/CONTAINER/FOLDER";

    private const string FileScheme = "file://";
    private const string AzureScheme = "azblob://";
    private const string HttpsScheme = "https://";

    // Shows where a SAS was without showing it.
    private readonly Uri? _containerUri;
    private readonly string _container;

    private StoreAddress(Uri? containerUri, string container, string path) => (_containerUri, _container, Path) = (containerUri, container, path);

    /// <summary>The folder on disk, or inside the container; may end in <c>/</c>, and be empty in a container.</summary>
    public string Path { get; private init; }

    /// <summary>Whether it is a folder of the local disk.</summary>
    public bool IsLocal => _container.Length == 0;

    /// <summary>Reads an address.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>, with the accepted forms.</exception>
    public static StoreAddress Parse(string address)
    {
        if (address.StartsWith(FileScheme, StringComparison.OrdinalIgnoreCase))
        {
            return ParseFile(address);
        }

        if (address.StartsWith(AzureScheme, StringComparison.OrdinalIgnoreCase))
        {
            (string container, string path) = SplitContainer(address, address[AzureScheme.Length..]);
            return new StoreAddress(null, container, path);
        }

        if (address.StartsWith(HttpsScheme, StringComparison.OrdinalIgnoreCase))
        {
            return ParseHttps(address);
        }

        return string.IsNullOrWhiteSpace(address) || address.Contains("://", StringComparison.Ordinal) || address.Contains('\0')
            ? throw Malformed(address, "it has none of the accepted forms")
            : new StoreAddress(null, "", address);
    }

    /// <summary>Opens the store. Nothing is asked of it yet.</summary>
    /// <exception cref="CheckpointException"><see cref="CheckpointError.InvalidArgument"/>: the path is a file's, or the account is not known.</exception>
    public IBlobStore Open(StoreOptions? options = null)
    {
        options ??= new StoreOptions();
        if (IsLocal)
        {
            return new LocalBlobStore(Path, options.Local);
        }

        IBlobStore store = _containerUri is { } uri
            ? AzureBlobStore.FromUri(uri, options.Azure) : AzureBlobStore.FromConnectionString(ConnectionString(options), _container, options.Azure);
        string folder = Path.TrimEnd('/');
        return folder.Length == 0 ? store : new PrefixedBlobStore(store, folder);
    }

    /// <summary>The address of the folder above the last part, and the last part: what is behind the last separator, empty if nothing is.</summary>
    public (StoreAddress Folder, string Name) SplitName()
    {
        int end = Path.LastIndexOf('/') + 1;
        if (IsLocal && OperatingSystem.IsWindows())
        {
            end = Math.Max(end, Path.LastIndexOf('\\') + 1);
        }

        string folder = Path[..end];
        return (this with { Path = folder.Length == 0 && IsLocal ? "." : folder }, Path[end..]);
    }

    /// <summary>Whether both are folders of the local disk, or of one container.</summary>
    internal bool IsSameStore(StoreAddress other) => _container == other._container && _containerUri == other._containerUri;

    /// <summary>The same place, with the whole path of a local one, parts separated by <c>/</c>.</summary>
    internal StoreAddress Absolute() => IsLocal ? this with { Path = WithSlashes(System.IO.Path.GetFullPath(Path)) } : this;

    /// <summary>A folder of the same store.</summary>
    internal StoreAddress Within(string folder) => this with { Path = folder };

    /// <inheritdoc/>
    public override string ToString() => IsLocal ? Path : $"{_containerUri?.GetLeftPart(UriPartial.Path) ?? AzureScheme + _container}/{Path}";

    private static string WithSlashes(string path) => OperatingSystem.IsWindows() ? path.Replace('\\', '/') : path;

    private static StoreAddress ParseFile(string address)
    {
        string path = Uri.UnescapeDataString(address[FileScheme.Length..]);
        path = path.StartsWith("localhost/", StringComparison.OrdinalIgnoreCase) ? path["localhost".Length..] : path;
        if (!path.StartsWith('/') || path.Contains('\0'))
        {
            throw Malformed(address, "a file address is absolute: three slashes, then the path");
        }

        // file:///C:/folder names a drive.
        return new StoreAddress(null, "", OperatingSystem.IsWindows() && path.Length > 2 && path[2] == ':' ? path[1..] : path);
    }

    private static StoreAddress ParseHttps(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0
            || !uri.Host.Contains(".blob.", StringComparison.Ordinal))
        {
            throw Malformed(address, "it is no URL of a container");
        }

        // Uri would have folded '..' away, so the text is looked at, not its path.
        string text = address[HttpsScheme.Length..].Split('?')[0];
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        (string container, string path) = SplitContainer(address, slash < 0 ? "" : Uri.UnescapeDataString(text[(slash + 1)..]));
        var containerUri = new UriBuilder(Uri.UriSchemeHttps, uri.Host, uri.Port, container) { Query = uri.Query };
        return new StoreAddress(containerUri.Uri, container, path);
    }

    private static (string Container, string Path) SplitContainer(string address, string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string container = slash < 0 ? text : text[..slash];
        string path = slash < 0 ? "" : text[(slash + 1)..];
        if (!ContainerName().IsMatch(container))
        {
            throw Malformed(address, $"'{container}' is no container's name (3 to 63 lower-case letters, digits and single hyphens)");
        }

        BlobName.CheckPrefix(path);
        return (container, path);
    }

    private static string ConnectionString(StoreOptions options) => options.AzureConnectionString is { Length: > 0 } given
        ? given
        : throw new CheckpointException(CheckpointError.InvalidArgument,
            $"azblob:// addresses need the account's connection string in the environment ({StoreOptions.ConnectionStringVariable}). "
                + $"Set it, or give the address as https://ACCOUNT.blob.core.windows.net/CONTAINER/FOLDER.");

    private static CheckpointException Malformed(string address, string reason) =>
        new(CheckpointError.InvalidArgument, $"'{address.Split('?')[0].Replace('\0', '?')}' is no address of a store: {reason}. Accepted are {Forms}.");

    [GeneratedRegex(@"^(\$root|\$web|(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex ContainerName();
}
