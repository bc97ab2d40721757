namespace Cairn.Format.Exchange;

/// <summary>The numbers of the zip format that archives of arrays use: stored and deflated entries, zip64.</summary>
/// <remarks><code>
/// archive     = (local header | data)* | central entry* | [zip64 end | zip64 locator] | end
/// local       = 50 4b 03 04 | u16 version, flags, method, time, date | u32 crc, packed, length | u16 name length, extra length | name | extra
/// central     = 50 4b 01 02 | u16 version made by | as local from version to length | u16 name length, extra length, comment length, disk, attributes
///             | u32 attributes, offset of local | name | extra | comment
/// zip64 extra = u16 1 | u16 size | u64 of each of length, packed, offset whose field is ff ff ff ff, in this order
/// zip64 end   = 50 4b 06 06 | u64 size of the rest | u16 version made by, version | u32 disk, disk | u64 entries here, entries, bytes of central, offset
/// locator     = 50 4b 06 07 | u32 disk | u64 offset of zip64 end | u32 disks
/// end         = 50 4b 05 06 | u16 disk, disk, entries here, entries | u32 bytes of central, offset | u16 comment length | comment
/// </code>Numbers are little-endian. Source: PKWARE's APPNOTE.</remarks>
internal static class ZipFormat
{
    public const uint LocalSignature = 0x04034b50;
    public const uint CentralSignature = 0x02014b50;
    public const uint EndSignature = 0x06054b50;
    public const uint End64Signature = 0x06064b50;
    public const uint LocatorSignature = 0x07064b50;

    public const int LocalBytes = 30;
    public const int CentralBytes = 46;
    public const int EndBytes = 22;
    public const int End64Bytes = 56;
    public const int LocatorBytes = 20;

    public const ushort Version64 = 45;
    public const ushort Extra64 = 1;
    public const ushort Stored = 0;
    public const ushort Deflated = 8;
    public const ushort EncryptedFlag = 1;
    public const ushort Utf8Flag = 1 << 11;

    /// <summary>1980-01-01, the first day there is: equal arrays make equal archives.</summary>
    public const ushort Date = 0x0021;
}
