using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Configuration;
using Gateway.Recording.Metrics;
using Gateway.Recording.Tracing;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>W3C trace headers, the parent in the first line, the state in the second: a good one goes on, any other begins anew, and what goes upstream is well formed.</summary>
internal sealed partial class TraceHeadersTarget : FuzzTarget
{
    private readonly GatewayMeter _meter = new();
    private RequestTracer? _tracer;
    private ActivityListener? _listener;

    public override string Name => "trace-headers";

    public override int ShortInputs => 6000;

    public override IReadOnlyList<byte[]> Seeds { get; } = Texts(
    [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\nrojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "00-00000000000000000000000000000000-b7ad6b7169203331-01", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "\nx=1", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01\n" + new string('a', 600),
    ]);

    public override IReadOnlyList<string> Words { get; } = ["00-", "-01", "-", "0", "f", "F", "g", "\n", ",", "=", "0000000000000000", "b7ad6b7169203331", " ", "é", "\t"];

    public override IReadOnlyList<string> Reaches => ["goes on", "begins"];

    public override Task StartAsync()
    {
        GatewayOptions options = GatewayHost.ThreeTiers(new Uri("http://127.0.0.1:1/"), slots: 1) with { OtlpEndpoint = "http://127.0.0.1:1" };
        _tracer = new RequestTracer(_meter, new OptionsSnapshot(options), TimeProvider.System);
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == _tracer.Source,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(_listener);
        return Task.CompletedTask;
    }

    public override ValueTask<string> TryAsync(byte[] input)
    {
        string[] lines = Encoding.Latin1.GetString(input).Split('\n', 2);
        var headers = new HeaderDictionary { [RequestTracer.Parent] = lines[0], [RequestTracer.State] = lines.Length > 1 ? lines[1] : default };
        RequestTrace trace = _tracer!.Begin(headers, Gateway.Tests.Recording.Records.New())!;
        using var call = new HttpRequestMessage();
        call.Headers.TryAddWithoutValidation(RequestTracer.Parent, lines[0]);
        call.Headers.TryAddWithoutValidation(RequestTracer.State, lines.Length > 1 ? lines[1] : "");
        trace.BeginCall(call.Headers, 1, "default", TimeSpan.Zero);
        trace.End(Gateway.Tests.Recording.Records.New());

        string sent = Assert.Single(call.Headers.NonValidated[RequestTracer.Parent]);
        Match parent = WellFormed().Match(sent);
        Assert.True(parent.Success, sent);
        bool goesOn = WellFormed().Match(lines[0]) is { Success: true } own && own.Groups["trace"].Value == parent.Groups["trace"].Value;
        Assert.Equal(IsGood(lines[0]), goesOn);
        Assert.True(lines[0].Contains(parent.Groups["trace"].Value, StringComparison.Ordinal) || !call.Headers.NonValidated.Contains(RequestTracer.State), "the state of a trace that ended");
        return new(goesOn ? "goes on" : "begins");
    }

    protected override ValueTask StopAsync()
    {
        _listener?.Dispose();
        _tracer?.Dispose();
        _meter.Dispose();
        return ValueTask.CompletedTask;
    }

    private static bool IsGood(string parent) =>
        WellFormed().Match(parent) is { Success: true } match
        && match.Groups["trace"].Value.Trim('0').Length > 0 && match.Groups["span"].Value.Trim('0').Length > 0;

    [GeneratedRegex(@"\A00-(?<trace>[0-9a-f]{32})-(?<span>[0-9a-f]{16})-[0-9a-f]{2}\z")]
    private static partial Regex WellFormed();
}
