using System.Diagnostics;
using System.Net;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Recording.Tracing;
using Gateway.Requests;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Recording.Tracing;

/// <summary>The spans that a collector gets, and the trace context that passes.</summary>
[Trait("req", "M5")]
public class TraceTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string CallersSpan = "b7ad6b7169203331";
    private const long Server = 2;
    private const long Client = 3;
    private const long Error = 2;

    [Theory]
    [InlineData(204, Outcome.Answered, ActivityStatusCode.Unset)]
    [InlineData(200, Outcome.CallerGone, ActivityStatusCode.Unset)]
    [InlineData(404, Outcome.Relayed, ActivityStatusCode.Unset)]
    [InlineData(500, Outcome.Relayed, ActivityStatusCode.Error)]
    [InlineData(200, Outcome.UpstreamIdleTimeout, ActivityStatusCode.Error)]
    [InlineData(429, Outcome.RequestLimit, ActivityStatusCode.Error)]
    public void Span_End_SaysWhetherItIsAnError(int status, object outcome, ActivityStatusCode expected)
    {
        AccessRecord record = Records.New();
        (record.Status, record.Outcome) = (status, (Outcome)outcome);
        using var span = new Activity("request");

        RequestTags.Set(span, record);

        Assert.Equal(expected, span.Status);
    }

    [Fact]
    public async Task Request_Preempted_IsOneTraceWithItsWaitItsCallsAndItsRelay()
    {
        await using OtlpCollector collector = await OtlpCollector.StartAsync();
        IReadOnlyList<OtlpSpan> spans;
        AccessRecord record;
        RecordedRequest[] sent;
        await using (Rig rig = await StartAsync(collector))
        {
            Task<HttpResponseMessage> batch = rig.StuckAsync(Rig.Batch, "low", stream: true);
            await rig.WaitForLiveAsync(Rig.Batch, 1);
            Task<HttpResponseMessage>[] urgent = await rig.HoldAsync(Rig.Urgent, 1);

            // A wait that is short enough is none.
            long held = TimeProvider.System.GetTimestamp();
            await Eventually.TrueAsync(() => TimeProvider.System.GetElapsedTime(held) > TimeSpan.FromMilliseconds(5));
            rig.Held.ReleaseAll();
            await (await urgent[0].Soon()).Content.ReadAsStringAsync(Rig.Cancel).Soon();
            await (await batch.Soon()).Content.ReadAsStringAsync(Rig.Cancel).Soon();
            record = (await rig.AssertQuietAsync(2, 1)).Single(static one => one.Priority == 3);
            sent = [.. rig.Upstream.Requests.Where(static request => request.Header("x-sim-nonce")[0] == "low")];
        }

        spans = await collector.WaitForSpansAsync(1);
        OtlpSpan request = spans.Single(span => span.Kind == Server && span.Tags["gateway.tier"] == "3");
        OtlpSpan[] parts = [.. spans.Where(span => span.TraceId == request.TraceId && span != request).OrderBy(static span => span.Start)];
        OtlpSpan[] calls = [.. parts.Where(static span => span.Kind == Client)];
        Assert.Equal("POST /v1/chat/completions", request.Name);
        Assert.Equal("", request.ParentId);
        Assert.Equal(["call default", "queue", "call default"], parts.Select(static span => span.Name));
        Assert.All(parts, span => Assert.Equal(request.SpanId, span.ParentId));
        Assert.Empty(calls[0].Events);
        (string relay, ulong begins) = Assert.Single(calls[1].Events);
        Assert.Equal("relay", relay);
        Assert.InRange(begins, calls[1].Start, calls[1].End);
        Assert.Equal(("preempted", "1", "answered"), (calls[0].Tags["gateway.end"], calls[0].Tags["gateway.preempted_by_tier"], calls[1].Tags["gateway.end"]));
        Assert.Equal(sent.Select(static one => one.Header("traceparent")[0]), calls.Select(call => $"00-{call.TraceId}-{call.SpanId}-01"));
        Assert.Equal(record.Duration.TotalMilliseconds, request.Duration.TotalMilliseconds, 0.01);
        Assert.Equal(OtlpSpan.Nanoseconds(record.StartedAt), request.Start);
        Assert.InRange((record.Queued - parts[1].Duration).Duration(), TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        Assert.All(parts, span => Assert.InRange(span.Start, request.Start, request.End));
        Assert.All(parts, span => Assert.InRange(span.End, span.Start, request.End));
        Assert.Equal(
            ("chat", "batch", "200", "relayed", "1", "2"),
            (request.Tags["gen_ai.operation.name"], request.Tags["gen_ai.request.model"], request.Tags["http.response.status_code"], request.Tags["gateway.outcome"],
             request.Tags["gateway.preemptions"], request.Tags["gateway.attempts"]));
    }

    [Fact]
    public async Task Request_WithATraceparent_GoesOnWithItsCallersTrace()
    {
        await using OtlpCollector collector = await OtlpCollector.StartAsync();
        RecordedRequest sent;
        await using (Rig rig = await StartAsync(collector))
        {
            using HttpResponseMessage answer = await SendAsync(rig, $"traceparent: 00-{TraceId}-{CallersSpan}-01", "tracestate: vendor=1,other=2");
            await rig.AssertQuietAsync(1, 1);
            sent = Assert.Single(rig.Upstream.Requests);
        }

        IReadOnlyList<OtlpSpan> spans = await collector.WaitForSpansAsync(2);
        OtlpSpan request = spans.Single(static span => span.Kind == Server);
        OtlpSpan call = spans.Single(static span => span.Kind == Client);
        Assert.Equal((TraceId, CallersSpan), (request.TraceId, request.ParentId));
        Assert.Equal($"00-{TraceId}-{call.SpanId}-01", Assert.Single(sent.Header("traceparent")));
        Assert.Equal("vendor=1,other=2", Assert.Single(sent.Header("tracestate")));
    }

    [Fact]
    public async Task Request_WhoseCallerDoesNotRecord_IsNotExportedAndSaysSoUpstream()
    {
        await using OtlpCollector collector = await OtlpCollector.StartAsync();
        RecordedRequest sent;
        await using (Rig rig = await StartAsync(collector))
        {
            using HttpResponseMessage answer = await SendAsync(rig, $"traceparent: 00-{TraceId}-{CallersSpan}-00");
            await rig.AssertQuietAsync(1, 1);
            sent = Assert.Single(rig.Upstream.Requests);
        }

        Assert.Empty(collector.Spans);
        Assert.Matches($"^00-{TraceId}-[0-9a-f]{{16}}-00$", Assert.Single(sent.Header("traceparent")));
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331")]
    public async Task Request_WithABrokenTraceparent_BeginsATraceOfItsOwn(string parent)
    {
        await using OtlpCollector collector = await OtlpCollector.StartAsync();
        RecordedRequest sent;
        await using (Rig rig = await StartAsync(collector))
        {
            using HttpResponseMessage answer = await SendAsync(rig, $"traceparent: {parent}", "tracestate: vendor=1");
            await rig.AssertQuietAsync(1, 1);
            sent = Assert.Single(rig.Upstream.Requests);
        }

        OtlpSpan request = (await collector.WaitForSpansAsync(2)).Single(static span => span.Kind == Server);
        Assert.Equal("", request.ParentId);
        Assert.NotEqual(TraceId, request.TraceId);
        Assert.Contains(request.TraceId, Assert.Single(sent.Header("traceparent")), StringComparison.Ordinal);
        Assert.Empty(sent.Header("tracestate"));
    }

    [Fact]
    public async Task Request_WithoutACollector_PassesItsTraceContextAsItCame()
    {
        await using Rig rig = await Rig.StartAsync();
        using HttpResponseMessage answer = await SendAsync(rig, "traceparent: anything at all", "tracestate: vendor=1");
        await rig.AssertQuietAsync(1, 1);

        RecordedRequest sent = Assert.Single(rig.Upstream.Requests);
        Assert.Equal("anything at all", Assert.Single(sent.Header("traceparent")));
        Assert.Equal("vendor=1", Assert.Single(sent.Header("tracestate")));
    }

    [Fact]
    public async Task Request_WithoutACollectorAndContext_SendsNone()
    {
        await using Rig rig = await Rig.StartAsync();
        using HttpResponseMessage answer = await SendAsync(rig);
        await rig.AssertQuietAsync(1, 1);

        Assert.Empty(Assert.Single(rig.Upstream.Requests).Header("traceparent"));
    }

    [Fact]
    public async Task Calls_ThatFailAndAreTriedAgain_AreASpanEach()
    {
        await using OtlpCollector collector = await OtlpCollector.StartAsync();
        await using (Rig rig = await StartAsync(collector))
        {
            using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, "r", knobs: ["status=503", "fail-times=1"]).Soon();
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            using HttpResponseMessage none = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Get, "/health"));
            await rig.AssertQuietAsync(2, 1);
        }

        IReadOnlyList<OtlpSpan> spans = await collector.WaitForSpansAsync(3);
        OtlpSpan[] calls = [.. spans.Where(static span => span.Kind == Client).OrderBy(static span => span.Start)];
        Assert.Single(spans, static span => span.Kind == Server);
        Assert.Equal(["failed", "answered"], calls.Select(static call => call.Tags["gateway.end"]));
        Assert.Equal(["503", "200"], calls.Select(static call => call.Tags["http.response.status_code"]));
        Assert.Equal([Error, 0], calls.Select(static call => call.Status));
    }

    [Fact]
    public async Task Request_ThatIsRefused_IsASpanWithItsReason()
    {
        await using OtlpCollector collector = await OtlpCollector.StartAsync();
        await using (Rig rig = await StartAsync(collector))
        {
            using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Post, "/v1/chat/completions", Rig.Json("{")));
            await rig.AssertQuietAsync(1, 1);
        }

        OtlpSpan request = Assert.Single(await collector.WaitForSpansAsync(1));
        Assert.Equal(("400", "body_malformed", Error), (request.Tags["http.response.status_code"], request.Tags["error.type"], request.Status));
    }

    private static Task<Rig> StartAsync(OtlpCollector collector) => Rig.StartAsync(1, options => options with
    {
        OtlpEndpoint = collector.Url,
        Retries = new RetryOptions { MaxRetries = 1, BaseDelay = TimeSpan.FromMilliseconds(1), Budget = 10 },
    });

    private static Task<HttpResponseMessage> SendAsync(Rig rig, params string[] headers) =>
        rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(Rig.Urgent)), headers)).Soon();
}
