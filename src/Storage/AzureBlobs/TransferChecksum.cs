namespace Cairn.Storage.AzureBlobs;

/// <summary>What is compared of the bytes that pass between here and Azure, beside the checksums of the bundle, which it does not know.</summary>
public enum TransferChecksum
{
    /// <summary>Nothing: TLS, where it is used, checks the way alone.</summary>
    None,

    /// <summary>MD5 of each request: every account and Azurite know it.</summary>
    Md5,

    /// <summary>Azure's CRC64 of each piece of a request. Faster; Azurite does not know it, and no test here has seen an account that does.</summary>
    Crc64,

    /// <summary><see cref="Md5"/>.</summary>
    Automatic,
}
