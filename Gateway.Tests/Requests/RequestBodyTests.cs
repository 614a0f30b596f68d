using System.Buffers;
using Gateway.Requests;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Requests;

public class RequestBodyTests
{
    private const long NoLimit = long.MaxValue;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16 * 1024)]
    [InlineData(16 * 1024 + 1)]
    [InlineData(3_000_000)]
    public async Task CopyTo_Twice_SendsTheSameBytes(int length)
    {
        using SegmentPool pool = NewPool();
        byte[] bytes = Bytes(length);
        await using (var body = new RequestBody(pool))
        {
            await FillAsync(body, bytes);

            Assert.Equal((length, bytes.Length == 0 ? 0 : 1), (body.Length, Math.Sign(body.MemoryBytes)));
            Assert.Equal(bytes, body.AsSequence().ToArray());
            Assert.Equal(bytes, await CopyAsync(body));
            Assert.Equal(bytes, await CopyAsync(body));
            Assert.Equal(pool.Held, body.MemoryBytes);
        }

        Assert.Equal(0, pool.Held);
    }

    [Fact]
    public async Task CopyTo_SpilledTwice_SendsTheSameBytesAndLeavesNothing()
    {
        // A length no other test spills, so that its file can be told from theirs.
        const int Length = 2_345_671;
        using SegmentPool pool = NewPool();
        byte[] bytes = Bytes(Length);
        await using (var body = new RequestBody(pool))
        {
            await FillAsync(body, bytes.AsMemory(0, 1_000_000));
            await body.SpillAsync(Cancel);
            await FillAsync(body, bytes.AsMemory(1_000_000));
            body.Complete();

            Assert.True(body.IsSpilled);
            Assert.Equal((0L, 0L, (long)Length), (pool.Held, body.MemoryBytes, body.Length));
            Assert.Equal(bytes, await CopyAsync(body));
            Assert.Equal(bytes, await CopyAsync(body));

            using var edited = new MemoryStream();
            await body.CopyToAsync(edited, [new BodySplice(0, 3, "abcd"u8.ToArray()), new BodySplice(1_500_000, 0, "x"u8.ToArray()), new BodySplice(Length - 2, 2, default)], static () => { }, Cancel);
            Assert.Equal([.. "abcd"u8, .. bytes[3..1_500_000], (byte)'x', .. bytes[1_500_000..^2]], edited.ToArray());

            // Nameless while it is in use already: nothing is left behind even by a process that is killed.
            Assert.Empty(SpilledFiles(Length));
        }

        Assert.Equal(0, pool.Held);
    }

    [Fact]
    public async Task GetMemory_DeclaredLength_IsAPromiseOnly()
    {
        using SegmentPool pool = NewPool();
        await using var body = new RequestBody(pool);

        Assert.Equal(SegmentPool.Largest, body.GetMemory(expected: 30_000_000, NoLimit).Length);
        Assert.Equal(SegmentPool.Largest, pool.Held);
    }

    [Fact]
    public async Task GetMemory_KnownLength_TakesNoMoreThanItNeeds()
    {
        using SegmentPool pool = NewPool();
        await using var body = new RequestBody(pool);

        Assert.Equal(SegmentPool.Smallest, body.GetMemory(expected: 5, NoLimit).Length);
        Assert.Equal(SegmentPool.Smallest, pool.Held);
        body.Advance(SegmentPool.Smallest);

        Assert.Equal(8192, body.GetMemory(expected: 5000, NoLimit).Length);
        Assert.Equal(SegmentPool.Smallest + 8192, pool.Held);
    }

    [Fact]
    public async Task GetMemory_UnknownLength_TakesAsMuchAgainAsHasCome()
    {
        using SegmentPool pool = NewPool();
        await using var body = new RequestBody(pool);
        for (int i = 0; i < 40; i++)
        {
            body.Advance(body.GetMemory(expected: 0, NoLimit).Length);
            Assert.InRange(body.GetMemory(expected: 0, NoLimit).Length, 1, Math.Min(body.Length, SegmentPool.Largest));
        }

        Assert.True(body.Length > SegmentPool.Largest);
    }

    [Fact]
    public async Task GetMemory_BudgetSpent_IsEmptyAndTakesNothing()
    {
        using SegmentPool pool = NewPool();
        await using var body = new RequestBody(pool);

        int first = body.GetMemory(0, budget: 5000).Length;
        Assert.InRange(first, 1, 5000);
        body.Advance(first);
        Assert.True(body.GetMemory(0, budget: 5000).IsEmpty);
        Assert.Equal(first, pool.Held);
    }

    [Fact]
    public async Task Dispose_Twice_GivesBackOnce()
    {
        using SegmentPool pool = NewPool();
        var body = new RequestBody(pool);
        await FillAsync(body, Bytes(100_000));

        await body.DisposeAsync();
        await body.DisposeAsync();

        Assert.Equal(0, pool.Held);
    }

    private static SegmentPool NewPool() => new(new ManualTimeProvider());

    private static IEnumerable<FileInfo> SpilledFiles(long length) =>
        new DirectoryInfo(Path.GetTempPath()).EnumerateFiles("gateway-*.body").Where(file => file.Exists && Length(file) == length);

    private static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            // Another test's, gone meanwhile.
            return -1;
        }
    }

    private static async Task FillAsync(RequestBody body, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Memory<byte> room = body.GetMemory(0, NoLimit);
            int count = Math.Min(room.Length, bytes.Length);
            bytes[..count].CopyTo(room);
            body.Advance(count);
            bytes = bytes[count..];
            if (body.IsSpilled)
            {
                await body.FlushToFileAsync(Cancel);
            }
        }
    }

    private static async Task<byte[]> CopyAsync(RequestBody body)
    {
        using var copy = new MemoryStream();
        await body.CopyToAsync(copy, static () => { }, Cancel);
        return copy.ToArray();
    }

    private static byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
