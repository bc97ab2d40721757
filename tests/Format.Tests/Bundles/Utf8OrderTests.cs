using System.Text;
using Cairn.Format.Bundles;

namespace Cairn.Format.Tests.Bundles;

public sealed class Utf8OrderTests
{
    [Fact]
    public void Compare_AnyTwoNames_IsTheOrderOfTheirUtf8Bytes()
    {
        string[] names = ["", "A", "a", "a/b", "ab", "é", "\uFFFD", "\U0001F600", "a\U0001F600", "\u4E2D"];

        foreach (string x in names)
        {
            foreach (string y in names)
            {
                int expected = Encoding.UTF8.GetBytes(x).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y));
                Assert.Equal(Math.Sign(expected), Math.Sign(Utf8Order.Instance.Compare(x, y)));
            }
        }
    }
}
