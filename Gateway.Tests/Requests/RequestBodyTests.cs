using System.Buffers;
using Gateway.Requests;
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
        var budget = new BodyBudget();
        byte[] bytes = Bytes(length);
        await using (var body = new RequestBody(budget))
        {
            await FillAsync(body, bytes);

            Assert.Equal((length, bytes.Length == 0 ? 0 : 1), (body.Length, Math.Sign(body.MemoryBytes)));
            Assert.Equal(bytes, body.AsSequence().ToArray());
            Assert.Equal(bytes, await CopyAsync(body));
            Assert.Equal(bytes, await CopyAsync(body));
            Assert.Equal(budget.Held, body.MemoryBytes);
        }

        Assert.Equal(0, budget.Held);
    }

    [Fact]
    public async Task CopyTo_SpilledTwice_SendsTheSameBytesAndLeavesNothing()
    {
        // A length no other test spills, so that its file can be told from theirs.
        const int Length = 2_345_671;
        var budget = new BodyBudget();
        byte[] bytes = Bytes(Length);
        await using (var body = new RequestBody(budget))
        {
            await FillAsync(body, bytes.AsMemory(0, 1_000_000));
            await body.SpillAsync(Cancel);
            await FillAsync(body, bytes.AsMemory(1_000_000));
            await body.CompleteAsync(Cancel);

            Assert.True(body.IsSpilled);
            Assert.Equal((0L, 0L, (long)Length), (budget.Held, body.MemoryBytes, body.Length));
            Assert.Equal(bytes, await CopyAsync(body));
            Assert.Equal(bytes, await CopyAsync(body));
            FileInfo file = Assert.Single(SpilledFiles(Length));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.UnixFileMode);
        }

        Assert.Empty(SpilledFiles(Length));
        Assert.Equal(0, budget.Held);
    }

    [Fact]
    public void GetMemory_DeclaredLength_IsAPromiseOnly()
    {
        var budget = new BodyBudget();
        var body = new RequestBody(budget);

        Assert.Equal(64 * 1024, body.GetMemory(expected: 30_000_000, NoLimit).Length);
        Assert.Equal(64 * 1024, budget.Held);
    }

    [Fact]
    public void GetMemory_ShortDeclaredLength_TakesNoMore()
    {
        var budget = new BodyBudget();

        Assert.Equal(5, new RequestBody(budget).GetMemory(expected: 5, NoLimit).Length);
        Assert.Equal(5, budget.Held);
    }

    [Fact]
    public async Task GetMemory_BudgetSpent_IsEmptyAndTakesNothing()
    {
        var budget = new BodyBudget();
        Assert.True(budget.TryTake(100, limit: 20_000));
        await using var body = new RequestBody(budget);

        Assert.False(body.GetMemory(0, limit: 16_484).IsEmpty);
        body.Advance(16 * 1024);
        Assert.True(body.GetMemory(0, limit: 16_484).IsEmpty);
        Assert.Equal(16_484, budget.Held);
    }

    [Fact]
    public async Task TryTake_FromManyThreads_NeverPassesTheLimit()
    {
        var budget = new BodyBudget();
        long taken = 0;
        await Parallel.ForAsync(0, 2000, Cancel, (_, _) =>
        {
            if (budget.TryTake(7, limit: 7000))
            {
                Assert.True(Interlocked.Add(ref taken, 7) <= 7000);
            }

            return ValueTask.CompletedTask;
        });

        Assert.Equal(taken, budget.Held);
        budget.Release(taken);
        Assert.Equal(0, budget.Held);
    }

    [Fact]
    public async Task Dispose_Twice_GivesBackOnce()
    {
        var budget = new BodyBudget();
        var body = new RequestBody(budget);
        await FillAsync(body, Bytes(100_000));

        await body.DisposeAsync();
        await body.DisposeAsync();

        Assert.Equal(0, budget.Held);
    }

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
        await body.CopyToAsync(copy, Cancel);
        return copy.ToArray();
    }

    private static byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
