using System.Text.Json;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Management;

[Trait("req", "A9")]
public class UsageRoutesTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task Usage_CallsInSeveralMinutes_AreATimeSeriesOfTheirMinutes()
    {
        await using Rig rig = await StartAsync();
        _clock.Advance(TimeSpan.FromMinutes(62));
        await CallAsync(rig, Rig.Urgent, 2);
        _clock.Advance(TimeSpan.FromMinutes(7));
        await CallAsync(rig, Rig.Batch, 3);

        JsonElement answer = await rig.AdminJsonAsync("GET", "/stats/usage?metric=requests&window=60&granularity=5");

        Assert.Equal(["metric", "unit", "instance", "tier", "window_minutes", "granularity_minutes", "shared", "time_series", "timestamp"], answer.Names());
        Assert.Equal(("requests", "requests", 60, 5, false), (
            answer.GetProperty("metric").GetString(), answer.GetProperty("unit").GetString(), answer.GetProperty("window_minutes").GetInt32(),
            answer.GetProperty("granularity_minutes").GetInt32(), answer.GetProperty("shared").GetBoolean()));
        JsonElement[] points = [.. answer.GetProperty("time_series").EnumerateArray()];
        Assert.Equal(13, points.Length);
        Assert.Equal("2026-01-01T00:05:00+00:00", points[0].GetProperty("timestamp").GetString());
        Assert.Equal([("2026-01-01T01:00:00+00:00", 2.0), ("2026-01-01T01:05:00+00:00", 3.0)], points[^2..].Select(static point =>
            (point.GetProperty("timestamp").GetString()!, point.GetProperty("value").GetDouble())));
        Assert.Equal(5, Sum(answer));
        Assert.Equal(2, Sum(await rig.AdminJsonAsync("GET", "/stats/usage?tier=1")));
        Assert.Equal(3, Sum(await rig.AdminJsonAsync("GET", "/stats/usage?tier=3")));
        Assert.Equal(5, Sum(await rig.AdminJsonAsync("GET", "/stats/usage?instance=default")));
        Assert.Equal(5, Sum(await rig.AdminJsonAsync("GET", "/stats/usage?metric=requests&window=60&granularity=5&instance=")));
        Assert.Equal(0, Sum(await rig.AdminJsonAsync("GET", "/stats/usage?instance=spare")));
        Assert.Equal(3, Sum(await rig.AdminJsonAsync("GET", "/stats/usage?window=6&granularity=1")));

        // After a day only the hour is known.
        _clock.Advance(TimeSpan.FromHours(25));
        Assert.Equal(0, Sum(await rig.AdminJsonAsync("GET", "/stats/usage?window=1440&granularity=60")));
        JsonElement days = await rig.AdminJsonAsync("GET", "/stats/usage?window=2880");
        Assert.Equal((49, 60, 5.0), (days.GetProperty("time_series").GetArrayLength(), days.GetProperty("granularity_minutes").GetInt32(), Sum(days)));
    }

    [Fact]
    public async Task Usage_EachMetric_AgreesWithTheRecords()
    {
        await using Rig rig = await StartAsync();
        Task<HttpResponseMessage>[] stuck = await rig.FillAsync(Rig.Batch, 1);
        _clock.Advance(TimeSpan.FromSeconds(3));
        await CallAsync(rig, Rig.Urgent, 1);
        using HttpResponseMessage late = await stuck[0].Soon();
        await late.Content.ReadAsStringAsync(Rig.Cancel);
        using HttpResponseMessage refused = await rig.SendAsync(rig.Request(Rig.Normal, HttpMethod.Post, "/v1/chat/completions", Rig.Json("{"))).Soon();
        await refused.Content.ReadAsStringAsync(Rig.Cancel);
        var records = await rig.Gateway.Records.WaitForAsync(3);

        Assert.Equal(3, Sum(await UsageAsync("requests")));
        Assert.Equal(1, Sum(await UsageAsync("errors")));
        Assert.Equal(records.Sum(static record => record.InputTokens ?? 0), Sum(await UsageAsync("input_tokens")));
        Assert.Equal(records.Sum(static record => record.OutputTokens ?? 0), Sum(await UsageAsync("output_tokens")));
        Assert.Equal(records.Sum(static record => (record.InputTokens ?? 0) + (record.OutputTokens ?? 0)), Sum(await UsageAsync("tokens")));
        Assert.Equal(1, Sum(await UsageAsync("preemptions")));
        Assert.Equal(0, Sum(await UsageAsync("retries")));
        Assert.Equal(3, Sum(await UsageAsync("wasted_seconds")));
        Assert.Equal(records.Sum(static record => record.WastedTokens), Sum(await UsageAsync("wasted_tokens")));
        Assert.Equal(0, Sum(await UsageAsync("cache_hits")));
        Assert.Equal(1500, Sum(await UsageAsync("latency")));
        Assert.Equal(0, Sum(await UsageAsync("queue_time")));
        Assert.Equal(3000, Sum(await UsageAsync("latency", "&tier=3")));
        Assert.Equal((3, 1, 3), (
            Sum(await UsageAsync("requests", "&instance=default")), Sum(await UsageAsync("preemptions", "&instance=default")),
            Sum(await UsageAsync("wasted_seconds", "&instance=default"))));
        Assert.Equal("calls", (await UsageAsync("requests", "&instance=default")).GetProperty("unit").GetString());

        Task<JsonElement> UsageAsync(string metric, string more = "") => rig.AdminJsonAsync("GET", $"/stats/usage?metric={metric}{more}");
    }

    [Fact]
    public async Task Usage_MeanOfNothing_IsNull()
    {
        await using Rig rig = await StartAsync();

        JsonElement answer = await rig.AdminJsonAsync("GET", "/stats/usage?metric=latency&window=1");

        Assert.All(answer.GetProperty("time_series").EnumerateArray(), static point => Assert.Equal(JsonValueKind.Null, point.GetProperty("value").ValueKind));
    }

    [Theory]
    [InlineData(60, 60, "2026-01-01T13:00:00+00:00", 2)]
    [InlineData(60, 59, "2026-01-01T12:31:00+00:00", 2)]
    [InlineData(60, 1, "2026-01-01T13:01:00+00:00", 61)]
    [InlineData(1, 1, "2026-01-01T14:00:00+00:00", 2)]
    [InlineData(90, 20, "2026-01-01T12:20:00+00:00", 6)]
    [InlineData(1440, 60, "2025-12-31T14:00:00+00:00", 25)]
    [InlineData(1440, 1, "2025-12-31T14:02:00+00:00", 1440)]
    [InlineData(2880, 1440, "2025-12-30T00:00:00+00:00", 3)]
    public async Task Usage_AnyGranularity_BeginsWhereTheWindowBegins(int window, int granularity, string first, int points)
    {
        await using Rig rig = await StartAsync();
        _clock.Advance(new TimeSpan(13, 5, 0));
        await CallAsync(rig, Rig.Urgent, 2);
        _clock.Advance(new TimeSpan(0, 56, 20));

        JsonElement answer = await rig.AdminJsonAsync("GET", $"/stats/usage?metric=requests&window={window}&granularity={granularity}");

        JsonElement[] series = [.. answer.GetProperty("time_series").EnumerateArray()];
        Assert.Equal((first, points, window > 56 ? 2.0 : 0), (series[0].GetProperty("timestamp").GetString(), series.Length, Sum(answer)));
    }

    [Fact]
    public async Task Usage_ManagementAndHealth_AreNotUsage()
    {
        await using Rig rig = await StartAsync();
        await rig.AdminJsonAsync("GET", "/stats");
        await rig.AdminJsonAsync("GET", "/health");
        using HttpResponseMessage nowhere = await rig.AdminAsync("GET", "/nowhere");

        Assert.Equal(0, Sum(await rig.AdminJsonAsync("GET", "/stats/usage")));
    }

    [Theory]
    [InlineData("/stats/usage?metric=cost", 400, "metric", "invalid_query")]
    [InlineData("/stats/usage?metric=", 400, "metric", "invalid_query")]
    [InlineData("/stats/usage?metrc=tokens", 400, null, "invalid_query")]
    [InlineData("/stats/instances?window=5&instnce=none", 400, null, "invalid_query")]
    [InlineData("/stats/usage?metric=requests&metric=tokens", 400, "metric", "invalid_query")]
    [InlineData("/stats/usage?window=0", 400, "window", "invalid_query")]
    [InlineData("/stats/usage?window=43201", 400, "window", "invalid_query")]
    [InlineData("/stats/usage?window=-5", 400, "window", "invalid_query")]
    [InlineData("/stats/usage?window=1h", 400, "window", "invalid_query")]
    [InlineData("/stats/usage?granularity=0", 400, "granularity", "invalid_query")]
    [InlineData("/stats/usage?window=10&granularity=11", 400, "granularity", "invalid_query")]
    [InlineData("/stats/usage?window=1441&granularity=90", 400, "granularity", "invalid_query")]
    [InlineData("/stats/usage?instance=none", 404, "instance", "instance_not_found")]
    [InlineData("/stats/usage?tier=9", 404, "tier", "tier_not_found")]
    [InlineData("/stats/usage?tier=x", 404, "tier", "tier_not_found")]
    [InlineData("/stats/usage?tier=1&instance=default", 400, "tier", "invalid_query")]
    [InlineData("/stats/usage?metric=queue_time&instance=default", 400, "metric", "invalid_query")]
    [InlineData("/stats/instances?window=x", 400, "window", "invalid_query")]
    [InlineData("/stats/instances?instance=none", 404, "instance", "instance_not_found")]
    public async Task Usage_QueryThatCannotBeAnswered_IsRefusedAndSaysWhy(string path, int status, string? param, string code)
    {
        await using Rig rig = await StartAsync();

        Assert.Equal((status, param, code), await RefusedAsync());

        async Task<(int, string?, string?)> RefusedAsync()
        {
            (int sent, _, string? about, string? as_) = await rig.AdminErrorAsync("GET", path);
            return (sent, about, as_);
        }
    }

    [Fact]
    public async Task Instances_Window_SumsItUp()
    {
        await using Rig rig = await StartAsync();
        await CallAsync(rig, Rig.Urgent, 2);
        _clock.Advance(TimeSpan.FromMinutes(30));
        await CallAsync(rig, Rig.Urgent, 4);

        JsonElement hour = await rig.AdminJsonAsync("GET", "/stats/instances");
        Assert.Equal(["window_minutes", "shared", "instances", "timestamp"], hour.Names());
        Assert.Equal(["default", "spare"], hour.GetProperty("instances").Names());
        JsonElement row = hour.GetProperty("instances").GetProperty("default");
        Assert.Equal((60, 6, 0.1, "healthy"), (
            hour.GetProperty("window_minutes").GetInt32(), row.GetProperty("requests").GetInt32(), row.GetProperty("requests_per_minute").GetDouble(),
            row.GetProperty("health_status").GetString()));
        Assert.Equal(rig.Gateway.Records.All.Sum(static record => (record.InputTokens ?? 0) + (record.OutputTokens ?? 0)), row.GetProperty("tokens").GetInt64());
        Assert.Equal("disabled", hour.GetProperty("instances").GetProperty("spare").GetProperty("status").GetString());

        JsonElement few = (await rig.AdminJsonAsync("GET", "/stats/instances?window=10&instance=default")).GetProperty("instances");
        Assert.Equal(["default"], few.Names());
        Assert.Equal(4, few.GetProperty("default").GetProperty("requests").GetInt32());
        Assert.Equal(6, (await rig.AdminJsonAsync("GET", "/stats/instances?window=43200")).GetProperty("instances").GetProperty("default").GetProperty("requests").GetInt32());
    }

    private static double Sum(JsonElement answer) => answer.GetProperty("time_series").EnumerateArray()
        .Sum(static point => point.GetProperty("value") is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : 0);

    private Task<Rig> StartAsync() => Rig.StartAsync(
        1,
        static options => options with { Instances = [options.Instances[0], GatewayHost.Instance(new Uri("http://127.0.0.1:1/"), 1, "spare") with { Enabled = false }] },
        services => services.AddSingleton<TimeProvider>(_clock));

    private static async Task CallAsync(Rig rig, int tier, int count)
    {
        int before = rig.Gateway.Records.All.Count(static record => record.IsApi);
        for (int i = 0; i < count; i++)
        {
            using HttpResponseMessage answer = await rig.ChatAsync(tier, $"n{i}").Soon();
            await answer.Content.ReadAsStringAsync(Rig.Cancel);
        }

        await Eventually.TrueAsync(() => rig.Gateway.Records.All.Count(static record => record.IsApi) >= before + count);
    }
}
