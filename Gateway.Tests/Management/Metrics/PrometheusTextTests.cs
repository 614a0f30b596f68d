using System.Diagnostics.Metrics;
using System.Text;
using Gateway.Management.Metrics;
using Gateway.Tests.Support;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Xunit;

namespace Gateway.Tests.Management.Metrics;

/// <summary>The text format itself, judged by promtool.</summary>
public class PrometheusTextTests
{
    private static readonly string[] Pieces =
        ["\"", "\\", "\n", "\\n", "a\"} 1\nevil 2", "\r\n", "{", "}", ",", "=", "\0", "\e", "\u2028", "é", "😀", "\ud800", "# TYPE x counter", "a", " "];

    [Theory]
    [InlineData("gateway.requests", "{request}", true, false, "gateway_requests_total")]
    [InlineData("gateway.queue.wait", "s", false, false, "gateway_queue_wait_seconds")]
    [InlineData("gateway.endpoint.seconds", "s", true, false, "gateway_endpoint_seconds_total")]
    [InlineData("gateway.wasted.slot_seconds", "s", true, false, "gateway_wasted_slot_seconds_total")]
    [InlineData("gateway.cache.size", "By", false, true, "gateway_cache_size_bytes")]
    [InlineData("gateway.instance.error", "1", false, true, "gateway_instance_error_ratio")]
    [InlineData("gateway.draining", null, false, true, "gateway_draining")]
    [InlineData("9.lives", null, false, true, "_9_lives")]
    public void NameOf_Instrument_FollowsTheConvention(string instrument, string? unit, bool isCounter, bool isGauge, string name) =>
        Assert.Equal(name, PrometheusName.Of(instrument, unit, isCounter, isGauge));

    [Fact]
    [Trait("row", "M2")]
    public async Task Write_HostileLabels_AreOneSampleEachAndCleanUnderPromtool()
    {
        RealServer.Require("promtool");
        int seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        string[] values = [.. Enumerable.Range(0, 300).Select(_ => string.Concat(random.GetItems(Pieces, random.Next(12)))).Concat(Pieces)
            .Select(static text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text))).Distinct()];

        string text = Export(meter => meter.CreateObservableGauge("hostile", () => values.Select(static value => new Measurement<int>(1, new KeyValuePair<string, object?>("name", value))), null, "Odd names."));

        Exposition read = Exposition.Of(text);
        Assert.Equal(values.Length, read.Series);
        Assert.Equal(["hostile"], read.Types.Keys);
        await Promtool.AssertCleanAsync(text);
    }

    [Fact]
    public async Task Promtool_BrokenText_ObjectsToIt()
    {
        Assert.NotEqual(0, (await Promtool.CheckAsync("# TYPE evil counter\nevil{name=\"a\nb\"} 1\n")).Code);
        Assert.NotEqual("", (await Promtool.CheckAsync("# TYPE odd_ms gauge\nodd_ms 1\n")).Said);
    }

    [Fact]
    public async Task Write_Histogram_CountsUpwardsToItsCount()
    {
        string text = Export(static meter =>
        {
            Histogram<double> times = meter.CreateHistogram("times", "s", "Times.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
            foreach (double time in new[] { 0.05, 0.1, 0.5, 30 })
            {
                times.Record(time, new KeyValuePair<string, object?>("a.b", "x"));
            }
        });

        Exposition read = Exposition.Of(text);
        Assert.Equal(2, read.Value("times_seconds_bucket", "a_b=x", "le=0.1"));
        Assert.Equal(3, read.Value("times_seconds_bucket", "a_b=x", "le=1"));
        Assert.Equal(4, read.Value("times_seconds_bucket", "a_b=x", "le=+Inf"));
        Assert.Equal(4, read.Value("times_seconds_count", "a_b=x"));
        Assert.Equal(30.65, read.Value("times_seconds_sum", "a_b=x"), 6);
        await Promtool.AssertCleanAsync(text);
    }

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(1e300, "1E+300")]
    [InlineData(-0.1, "-0.1")]
    [InlineData(12345678901.5, "12345678901.5")]
    public void Write_Number_IsReadableInEveryCulture(double value, string written) => Assert.EndsWith(
        $"\nodd {written}\n", Export(meter => meter.CreateObservableGauge("odd", () => value, null, "Odd numbers.")), StringComparison.Ordinal);

    private static string Export(Action<Meter> record)
    {
        using var meter = new Meter($"test-{Guid.NewGuid():n}");
        using var exporter = new PrometheusExporter();
        using MeterProvider provider = Sdk.CreateMeterProviderBuilder().AddMeter(meter.Name).AddReader(new BaseExportingMetricReader(exporter)).Build();
        record(meter);
        return Encoding.UTF8.GetString(exporter.Scrape());
    }
}
