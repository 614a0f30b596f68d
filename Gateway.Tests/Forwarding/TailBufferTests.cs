using Gateway.Forwarding;
using Xunit;

namespace Gateway.Tests.Forwarding;

public class TailBufferTests
{
    [Fact]
    public void Bytes_NothingAdded_IsEmpty() => Assert.Equal(0, new TailBuffer(8).Bytes.Length);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public void Add_AnyPieces_KeepsTheLastBytes(int capacity)
    {
        var random = new Random(capacity);
        for (int run = 0; run < 200; run++)
        {
            var tail = new TailBuffer(capacity);
            var all = new List<byte>();
            for (int piece = random.Next(12); piece > 0; piece--)
            {
                byte[] bytes = new byte[random.Next(3 * capacity)];
                random.NextBytes(bytes);
                tail.Add(bytes);
                all.AddRange(bytes);
                Assert.Equal(all.TakeLast(capacity), tail.Bytes.ToArray());
            }
        }
    }
}
