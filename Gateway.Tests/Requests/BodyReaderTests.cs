using System.IO.Pipelines;
using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Requests;

[Trait("row", "H5")]
public sealed class BodyReaderTests : IDisposable
{
    private static readonly LimitOptions Limits = new() { MaxBodyBytes = 100_000, MaxUploadBytes = 4_000_000, BufferedBytes = 2_000_000, SpilledBytes = 5_000_000 };

    private readonly SegmentPool _pool = new(new ManualTimeProvider());

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(99_999, true)]
    [InlineData(100_000, true)]
    [InlineData(100_000, false)]
    public async Task Read_UpToTheLimit_HasAllOfIt(int length, bool isDeclared)
    {
        (RequestBody? body, RequestError? error) = await ReadAsync(new BytesThen(length, null), isJson: true, isDeclared ? length : null);

        Assert.Null(error);
        Assert.Equal(length, body!.Length);
        await body.DisposeAsync();
        Assert.Equal(0, _pool.Held);
    }

    [Theory]
    [InlineData(true, 100_001)]
    [InlineData(false, 4_000_001)]
    public async Task Read_OneByteOverTheLimit_IsTooLarge(bool isJson, int length)
    {
        var undeclared = new BytesThen(length, null);
        var declared = new BytesThen(length, null);

        Assert.Equal(Outcome.BodyTooLarge, (await ReadAsync(undeclared, isJson, null)).Error?.Outcome);
        Assert.Equal(Outcome.BodyTooLarge, (await ReadAsync(declared, isJson, length)).Error?.Outcome);

        Assert.Equal(0, declared.Given);
        Assert.Equal(0, _pool.Held);
    }

    [Fact]
    public async Task Read_EndlessBody_IsCutAtTheLimit()
    {
        var endless = new BytesThen(long.MaxValue, null);

        Assert.Equal(Outcome.BodyTooLarge, (await ReadAsync(endless, isJson: true, null)).Error?.Outcome);

        Assert.InRange(endless.Given, 100_001, 300_000);
        Assert.Equal(0, _pool.Held);
    }

    [Fact]
    public async Task Read_LargeUpload_LeavesMemoryToOthers()
    {
        (RequestBody? body, _) = await ReadAsync(new BytesThen(3_000_000, null), isJson: false, 3_000_000);

        Assert.True(body!.IsSpilled);
        Assert.Equal((3_000_000L, 0L, 3_000_000L), (body.Length, _pool.Held, _pool.Spilled));
        await body.DisposeAsync();
        Assert.Equal(0, _pool.Spilled);
    }

    [Fact]
    public async Task Read_DiskBudgetSpent_AsksToComeAgain()
    {
        (RequestBody? first, _) = await ReadAsync(new BytesThen(3_000_000, null), isJson: false, 3_000_000);

        (RequestBody? second, RequestError? error) = await ReadAsync(new BytesThen(3_000_000, null), isJson: false, 3_000_000);

        Assert.Null(second);
        Assert.Equal(Outcome.BufferBudgetSpent, error!.Outcome);
        Assert.Equal((0L, 3_000_000L), (_pool.Held, _pool.Spilled));
        await first!.DisposeAsync();
        Assert.Equal(0, _pool.Spilled);
    }

    [Fact]
    public async Task Read_BudgetSpent_AsksToComeAgain()
    {
        int others = (int)(Limits.BufferedBytes / SegmentPool.Largest);
        Assert.All(Enumerable.Range(0, others), _ => Assert.NotNull(_pool.TryRent(SegmentPool.Largest, Limits.BufferedBytes)));

        (RequestBody? body, RequestError? error) = await ReadAsync(new BytesThen(90_000, null), isJson: true, 90_000);

        Assert.Null(body);
        Assert.Equal((Outcome.BufferBudgetSpent, TimeSpan.FromSeconds(1)), (error!.Outcome, error.RetryAfter));
        Assert.Equal((long)others * SegmentPool.Largest, _pool.Held);
    }

    public static TheoryData<Exception, bool, bool, int> Failures => new()
    {
        { new BadHttpRequestException("short"), true, false, (int)Outcome.BodyIncomplete },
        { new BadHttpRequestException("short"), true, true, (int)Outcome.CallerGone },
        { new BadHttpRequestException("slow", StatusCodes.Status408RequestTimeout), true, false, (int)Outcome.BodyTooSlow },
        { new BadHttpRequestException("slow", StatusCodes.Status408RequestTimeout), false, true, (int)Outcome.CallerGone },
        { new ConnectionResetException("gone"), true, false, (int)Outcome.CallerGone },
        { new ConnectionResetException("gone"), false, false, (int)Outcome.CallerGone },
        { new OperationCanceledException(), true, true, (int)Outcome.CallerGone },
        { new IOException("Bad chunk size data."), true, false, (int)Outcome.BodyMalformed },
        { new BadHttpRequestException("Bad chunk suffix."), false, false, (int)Outcome.BodyMalformed },
        { new IOException("short"), false, false, (int)Outcome.BodyIncomplete },
        { new IOException("gone"), false, true, (int)Outcome.CallerGone },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public async Task Read_ConnectionFails_SaysWhoseFaultItIs(Exception failure, bool isJson, bool isGone, int outcome)
    {
        (RequestBody? body, RequestError? error) = await ReadAsync(new BytesThen(50_000, failure), isJson, 90_000, isGone);

        Assert.Null(body);
        Assert.Equal((Outcome)outcome, error!.Outcome);
        Assert.Equal(0, _pool.Held);
    }

    [Theory]
    [InlineData(70_000, 0)]
    [InlineData(90_000, 50)]
    [Trait("row", "H4")]
    public async Task Read_BodyThatStalls_IsCutThoughItBeganFast(int first, int rest)
    {
        var time = new ManualTimeProvider();
        var drip = new Drip(first, rest);
        var context = new DefaultHttpContext { Request = { Body = drip, ContentLength = 99_000 } };

        Task<(RequestBody? Body, RequestError? Error)> reading = new BodyReader(_pool, time).ReadAsync(context.Request, isJson: true, Limits).AsTask();
        await time.WaitForTimersAsync(1).Soon();
        time.Advance(BodyPace.Look);
        Assert.False(reading.IsCompleted);
        drip.Go();
        time.Advance(BodyPace.Look);

        Assert.Equal(Outcome.BodyTooSlow, (await reading.Soon()).Error?.Outcome);
        Assert.Equal((0, 0), (_pool.Held, time.ArmedTimers));
    }

    [Fact]
    [Trait("row", "H4")]
    public async Task Look_ADiskWasSlow_IsNotTheCallersFault()
    {
        var time = new ManualTimeProvider();
        PipeReader body = new Pipe().Reader;
        Task<ReadResult> reading = body.ReadAsync(TestContext.Current.CancellationToken).AsTask();
        using BodyPace pace = BodyPace.Of(null, body, time)!;

        pace.BeginStoring();
        time.Advance(BodyPace.Look);
        pace.EndStoring();
        time.Advance(BodyPace.Look);
        Assert.False(reading.IsCompleted);

        pace.BeginStoring();
        pace.EndStoring();
        time.Advance(BodyPace.Look);
        Assert.True((await reading.Soon()).IsCanceled);
    }

    [Fact]
    public async Task Read_SmallBody_IsNotWatched()
    {
        var time = new ManualTimeProvider();
        var drip = new Drip(10, 10);
        var context = new DefaultHttpContext { Request = { Body = drip, ContentLength = 20 } };

        Task<(RequestBody? Body, RequestError? Error)> reading = new BodyReader(_pool, time).ReadAsync(context.Request, isJson: true, Limits).AsTask();
        Assert.Equal(0, time.ArmedTimers);
        drip.Go();

        await (await reading.Soon()).Body!.DisposeAsync();
    }

    [Fact]
    public async Task Read_UnexpectedFailure_StillGivesTheBudgetBack()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => ReadAsync(new BytesThen(50_000, new InvalidOperationException("bug")), isJson: true, 90_000));

        Assert.Equal(0, _pool.Held);
    }

    public void Dispose() => _pool.Dispose();

    private async Task<(RequestBody? Body, RequestError? Error)> ReadAsync(BytesThen bytes, bool isJson, long? declared, bool isGone = false)
    {
        var context = new DefaultHttpContext();
        context.Request.Body = bytes;
        context.Request.ContentLength = declared;
        context.RequestAborted = new CancellationToken(isGone);
        return await new BodyReader(_pool, TimeProvider.System).ReadAsync(context.Request, isJson, Limits)
            .AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    /// <summary>So many bytes at once, so many more when told to, and then nothing.</summary>
    private sealed class Drip(int first, int rest) : MemoryStream
    {
        private readonly TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _first = first;
        private int _rest = rest;

        public void Go() => _more.TrySetResult();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = Math.Min(buffer.Length, _first);
            if (_first > 0)
            {
                _first -= count;
                return count;
            }

            await _more.Task.WaitAsync(cancellationToken);
            if (_rest == 0)
            {
                await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            }

            count = Math.Min(buffer.Length, _rest);
            _rest -= count;
            return count;
        }
    }

    /// <summary>So many bytes, in pieces as a socket gives them, then the end or a failure.</summary>
    private sealed class BytesThen(long length, Exception? failure) : MemoryStream
    {
        public long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Given == length && failure is not null)
            {
                return ValueTask.FromException<int>(failure);
            }

            int count = (int)Math.Min(Math.Min(buffer.Length, 40_000), length - Given);
            buffer.Span[..count].Fill((byte)'x');
            Given += count;
            return ValueTask.FromResult(count);
        }
    }
}
