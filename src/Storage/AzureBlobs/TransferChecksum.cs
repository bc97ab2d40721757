namespace Cairn.Storage.AzureBlobs;

/// <summary>What Azure compares of the bytes it receives, beside the checksums of the bundle, which it does not know.</summary>
public enum TransferChecksum
{
    /// <summary>Nothing: for TLS connections, which check themselves.</summary>
    None,

    /// <summary>MD5 of each request. Azurite knows it too.</summary>
    Md5,

    /// <summary>Azure's CRC64 of each request. Faster; Azurite does not know it.</summary>
    Crc64,

    /// <summary><see cref="None"/> over https, <see cref="Md5"/> over http.</summary>
    Automatic,
}
