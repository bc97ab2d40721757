using System.Buffers;
using Cairn.Client.Transport;

namespace Cairn.Client.Tests.Transport;

public sealed class MemoryContentTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((2 << 20) + 1)]
    [InlineData(int.MaxValue)] // The last step passes the largest int.
    public async Task CopyToAsync_OfAnyLength_CountsEveryByte(int lengthBytes)
    {
        using var untouched = new MemoryWithoutBytes();
        long movedBytes = 0;
        using var content = new MemoryContent(untouched.OfLength(lengthBytes), bytes => movedBytes += bytes);

        await content.CopyToAsync(Stream.Null);

        Assert.Equal(lengthBytes, movedBytes);
    }

    /// <summary>Memory that may be sliced and not read, so that 2 GiB of it cost nothing.</summary>
    private sealed class MemoryWithoutBytes : MemoryManager<byte>
    {
        public ReadOnlyMemory<byte> OfLength(int lengthBytes) => CreateMemory(lengthBytes);

        public override Span<byte> GetSpan() => throw new NotSupportedException();

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin() => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
