using Gateway.Configuration;
using Gateway.Listeners;
using Gateway.Recording;
using Gateway.Recording.Metrics;
using Gateway.Recording.Tracing;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Recording;

public class RecordingStageTests
{
    private readonly RecordKeeper _records = new();
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData("a")]
    [InlineData("req_0123-abc.DEF~!")]
    [Trait("req", "A11")]
    public async Task Invoke_PlainRequestId_IsTheCallers(string id)
    {
        DefaultHttpContext context = await RunAsync(id);

        Assert.Equal(id, context.Response.Headers["x-request-id"]);
        Assert.Equal(id, Assert.Single(_records.All).RequestId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\tb")]
    [InlineData("a\r\nSet-Cookie: x")]
    [InlineData("a\0")]
    [InlineData("a\e[31m")]
    [InlineData("é")]
    [InlineData("\u007f")]
    [Trait("req", "A11")]
    public async Task Invoke_OtherRequestId_IsReplaced(string id)
    {
        DefaultHttpContext context = await RunAsync(id);

        Assert.Matches("^[0-9a-f]{32}$", context.Response.Headers["x-request-id"].ToString());
    }

    [Fact]
    [Trait("req", "A11")]
    public async Task Invoke_RequestIdLength_IsBounded()
    {
        Assert.Equal(128, (await RunAsync(new string('a', 128))).Response.Headers["x-request-id"].ToString().Length);
        Assert.Equal(32, (await RunAsync(new string('a', 129))).Response.Headers["x-request-id"].ToString().Length);
    }

    [Fact]
    [Trait("req", "A11")]
    public async Task Invoke_TwoRequestIds_AreReplaced()
    {
        DefaultHttpContext context = await RunAsync("a", "b");

        Assert.Matches("^[0-9a-f]{32}$", context.Response.Headers["x-request-id"].ToString());
    }

    [Fact]
    public async Task Invoke_LaterStage_SeesTheExchangeAndIsTimed()
    {
        await RunAsync(
            context =>
            {
                Assert.Equal("batch", Exchange.Of(context).Listener.Name);
                _time.Advance(TimeSpan.FromSeconds(3));
                context.Response.StatusCode = 418;
                return Task.CompletedTask;
            },
            "a");

        AccessRecord record = Assert.Single(_records.All);
        Assert.Equal((TimeSpan.FromSeconds(3), 418, 3, "/p"), (record.Duration, record.Status, record.Priority, record.Path));
    }

    [Fact]
    [Trait("row", "M4")]
    public async Task Invoke_LongPathAndMethod_AreCut()
    {
        await RunAsync(static _ => Task.CompletedTask, new string('P', 5000), "/" + new string('p', 8000), []);

        AccessRecord record = Assert.Single(_records.All);
        Assert.Equal((32, 512), (record.Method.Length, record.Path.Length));
    }

    [Fact]
    public async Task Invoke_LaterStageThrows_StillLeavesOneRecord()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(static _ => throw new InvalidOperationException("bug"), "a"));

        Assert.Single(_records.All);
    }

    private Task<DefaultHttpContext> RunAsync(params string[] ids) => RunAsync(static _ => Task.CompletedTask, ids);

    private Task<DefaultHttpContext> RunAsync(RequestDelegate next, params string[] ids) => RunAsync(next, HttpMethods.Get, "/p", ids);

    private async Task<DefaultHttpContext> RunAsync(RequestDelegate next, string method, string path, params string[] ids)
    {
        GatewayOptions options = GatewayHost.ThreeTiers(new Uri("http://127.0.0.1:1/"), slots: 1);
        var context = new DefaultHttpContext();
        context.Features.Set(new ListenerTable(options).All[2]);
        context.Request.Method = method;
        context.Request.Path = path;
        context.Request.Headers["x-request-id"] = ids;
        using var meter = new GatewayMeter();
        using var tracer = new RequestTracer(meter, new OptionsSnapshot(options), _time);
        await new RecordingStage([new Broken(), _records], tracer, _time, NullLogger<RecordingStage>.Instance).InvokeAsync(context, next);
        return context;
    }

    /// <summary>In front of the other one in every test here: a bug of one costs neither the answer nor the others' records.</summary>
    private sealed class Broken : IAccessSink
    {
        public void Write(AccessRecord record) => throw new InvalidOperationException("a bug");
    }
}
