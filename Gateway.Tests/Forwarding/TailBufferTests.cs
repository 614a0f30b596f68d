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
                if (random.Next(2) == 0)
                {
                    // Not every time: to look puts the bytes in their order.
                    Assert.Equal(all.TakeLast(capacity), tail.Bytes.ToArray());
                }
            }

            Assert.Equal(all.TakeLast(capacity), tail.Bytes.ToArray());
            tail.Clear();
            tail.Add([7]);
            Assert.Equal([7], tail.Bytes.ToArray());
        }
    }

    [Theory]
    [InlineData(1_400, 1_400)]
    [InlineData(3_000, 9_000)]
    [InlineData(64 << 10, 256 << 10)]
    [InlineData(1 << 20, 256 << 10)]
    public void Add_PiecesOfAPacket_AllocatesLittleMoreThanCame(int total, int most)
    {
        byte[] piece = new byte[1_400];
        var tail = new TailBuffer(64 << 10);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int left = total; left > 0; left -= piece.Length)
        {
            tail.Add(piece.AsSpan(0, Math.Min(left, piece.Length)));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, total >> 8, most + 100);
        Assert.Equal(Math.Min(total, 64 << 10), tail.Bytes.Length);
    }
}
