using Cairn.Format.Bundles;
using Cairn.Format.Errors;
using Cairn.Format.Tables;
using Cairn.Testing;

namespace Cairn.Format.Tests.Hardening;

/// <summary>Every index that TensorFlow wrote, with each byte flipped and cut at every length. A sample of the places in a normal run; all of them with
/// CAIRN_HARDENING=whole.</summary>
public sealed class CorpusDamageTests
{
    public static TheoryData<string> Indexes => [.. Corpus.Files("*.index")];

    [Theory]
    [MemberData(nameof(Indexes))]
    public void Parse_OneByteFlipped_SaysTheSameOrIsRefused_AndVerifyFindsIt(string name)
    {
        byte[] file = File.ReadAllBytes(Corpus.PathOf(name));
        string[] sound = Listing(file);
        foreach (int at in Hardened.Positions(file.Length, samples: file.Length > 50_000 ? 8 : 150))
        {
            byte mask = (byte)(1 << (at % 8));
            file[at] ^= mask;
            string what = $"{name}: byte {at} xor {mask:x2}";
            string[]? read = null;
            Hardened.Parses(what, file.Length, () => read = Listing(file));
            Assert.True(read is null || read.SequenceEqual(sound), what);
            var verifier = new TableVerifier(file, name);
            verifier.Run();
            Assert.True(verifier.Faults.Count > 0, $"{what}: not found");
            file[at] ^= mask;
        }
    }

    [Theory]
    [MemberData(nameof(Indexes))]
    public void Parse_CutAtAnyLength_IsCorrupt(string name)
    {
        byte[] file = File.ReadAllBytes(Corpus.PathOf(name));
        foreach (int length in Hardened.Positions(file.Length, samples: 300))
        {
            var refused = Assert.Throws<CheckpointException>(() => BundleIndex.Parse(file.AsMemory(0, length), name));
            Assert.Equal(CheckpointError.Corrupt, refused.Error);
        }
    }

    private static string[] Listing(byte[] file) =>
        [.. BundleIndex.Parse(file, "f").Records.Select(record => Convert.ToHexString(record.Key) + Convert.ToHexString(record.Entry.Encode()))];
}
