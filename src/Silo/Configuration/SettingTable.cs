using Cairn.Format.Errors;
using Cairn.Storage.Addresses;
using Cairn.Storage.AzureBlobs;
using static Cairn.Silo.Configuration.SettingText;

namespace Cairn.Silo.Configuration;

/// <summary>Every setting of a silo, in the order in which people need them. Help, reading, checking and docs/operating.md follow this table.</summary>
internal static class SettingTable
{
    private static readonly SiloHostOptions Defaults = new();

    public static IReadOnlyList<Setting> All { get; } =
    [
        new("Store", "store", Defaults.Store, "a folder, file://..., azblob://CONTAINER/PREFIX, https://ACCOUNT.blob.core.windows.net/CONTAINER/PREFIX",
            "Where checkpoints live; a relative prefix such as ./model/model.ckpt lies below it.", "/var/lib/cairn",
            (o, text) => o with { Store = StoreText(text) }),
        new("DataPlane", "data-plane", $"http://{Defaults.DataPlane}", "http://IP:PORT; IP may be 0.0.0.0, port 0 takes a free one",
            "Where tensors and the HTTP API are served.", "http://0.0.0.0:5310",
            (o, text) => o with { DataPlane = Http(text) }),
        new("SiloPort", "silo-port", $"{Defaults.SiloPort}", "0 to 65535; 0 takes a free one",
            "TCP port on which the silos of the cluster reach this one.", "11112",
            (o, text) => o with { SiloPort = Integer(text, 0, ushort.MaxValue) }),
        new("GatewayPort", "gateway-port", $"{Defaults.GatewayPort}", "0 to 65535; 0 takes a free one",
            "TCP port on which Orleans clients reach this silo.", "30001",
            (o, text) => o with { GatewayPort = Integer(text, 0, ushort.MaxValue) }),
        new("AdvertisedAddress", "advertised-address", $"{Defaults.AdvertisedAddress}", "an IP address of this machine",
            "The address by which silos and clients reach this silo; the two ports above are bound to it.", "10.1.2.3",
            (o, text) => o with { AdvertisedAddress = Address(text) }),
        new("ClusterId", "cluster-id", Defaults.ClusterId, "1 to 64 letters, digits, '-', '_', '.'",
            "The cluster's name: silos and clients with the same one belong together.", "ranking-prod",
            (o, text) => o with { ClusterId = Name(text, 64) }),
        new("Clustering", "clustering", $"{Defaults.Clustering}", "Localhost or Redis",
            "Where silos find each other: in the memory of the primary silo (one machine), or in Redis.", "Redis",
            (o, text) => o with { Clustering = OneOf<ClusteringKind>(text) }),
        new("Redis", "redis", "none", "a StackExchange.Redis connection string",
            "The Redis of Clustering=Redis.", "127.0.0.1:6379",
            (o, text) => o with { Redis = RedisText(text) }),
        new("PrimarySiloEndpoint", "primary", "this silo", "IP:PORT",
            "Localhost clustering: the silo port of the first silo, for all others.", "127.0.0.1:11111",
            (o, text) => o with { PrimarySilo = EndPoint(text) }),
        new("PageBytesMax", "page-bytes-max", "half of the memory", "64 MiB to 16 TiB",
            "Bytes of pages that the silo may hold: values, shadows, frozen and staged versions.", "32GiB",
            (o, text) => o with { PageBytesMax = Bytes(text, SiloHostOptions.PageBytesMaxMin, 1L << 44) }),
        new("ReceivedBytesMax", "received-bytes-max", "256 MiB, or a quarter of PageBytesMax if less", "1 MiB to 16 TiB",
            "Bytes of bodies that the silo receives at one time, within PageBytesMax; one body is always received.", "1GiB",
            (o, text) => o with { ReceivedBytesMax = Bytes(text, SiloHostOptions.ReceivedBytesMaxMin, 1L << 44) }),
        new("InFlightBytesMax", "in-flight-bytes-max", ByteSize.Format(Defaults.InFlightBytesMax), "8 MiB to 64 GiB",
            "Bytes on their way between pages and store at one time.", "512MiB",
            (o, text) => o with { InFlightBytesMax = Bytes(text, SiloHostOptions.InFlightBytesMaxMin, 1L << 36) }),
        new("ReadBack", "read-back", "false", "true or false",
            "Whether each data file is read back and compared before its checkpoint is committed; a save moves its bytes twice.", "true",
            (o, text) => o with { ReadBack = Flag(text) }),
        new("TransferChecksum", "transfer-checksum", $"{Defaults.TransferChecksum}", "Automatic, Crc64, Md5 or None",
            "What Azure compares of each request that writes; automatic is Md5. Crc64 is faster; Azurite does not know it.", "Crc64",
            (o, text) => o with { TransferChecksum = OneOf<TransferChecksum>(text) }),
        new("ShardBytesMax", "shard-bytes-max", ByteSize.Format(Defaults.ShardBytesMax), "1 MiB to 1 GiB",
            "The widest shard of a variable; a wider variable must be partitioned.", "128MiB",
            (o, text) => o with { ShardBytesMax = Bytes(text, SiloHostOptions.ShardBytesMaxMin, SiloHostOptions.ShardBytesMaxMax) }),
        new("StopTimeoutSeconds", "stop-timeout-seconds", $"{Defaults.StopTimeout.TotalSeconds}", "1 to 3600 s",
            "How long a graceful stop may take before work that still runs is given up.", "60",
            (o, text) => o with { StopTimeout = TimeSpan.FromSeconds(Integer(text, 1, 3600)) }),
        new("HandOverSeconds", "hand-over-seconds", $"{Defaults.HandOverTimeout.TotalSeconds}", "0 to 3600 s; 0 hands nothing over",
            "How much of that time, half of it at most, a silo that stops may take to hand its shards over to others.", "30",
            (o, text) => o with { HandOverTimeout = TimeSpan.FromSeconds(Integer(text, 0, 3600)) }),
        new("LogLevel", "log-level", $"{Defaults.LogLevel}", "Trace, Debug, Information, Warning, Error, Critical or None",
            "The least level of Cairn's own log, on standard error.", "Debug",
            (o, text) => o with { LogLevel = OneOf<LogLevel>(text) }),
    ];

    /// <summary>The setting with this name in the section <c>Cairn</c>, in any case, or null.</summary>
    public static Setting? Find(string name) => All.FirstOrDefault(setting => setting.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static string StoreText(string text)
    {
        try
        {
            StoreAddress.Parse(text);
            return text;
        }
        catch (CheckpointException e)
        {
            throw new FormatException(e.Message);
        }
    }

    private static string RedisText(string text)
    {
        try
        {
            return StackExchange.Redis.ConfigurationOptions.Parse(text).EndPoints.Count > 0 ? text : throw new FormatException("it names no server.");
        }
        catch (ArgumentException)
        {
            throw new FormatException("it is not a connection string such as 127.0.0.1:6379,password=... (its text is not shown here).");
        }
    }
}
