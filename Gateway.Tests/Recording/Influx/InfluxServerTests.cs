using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using Gateway.Recording;
using Gateway.Recording.Influx;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Recording.Influx;

/// <summary>Real servers, written to by the gateway and read back by query.</summary>
[Trait("req", "P11")]
public class InfluxServerTests
{
    private const string WithTools =
        """
        {"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],
         "tools":[{"type":"function","function":{"name":"get_weather"}},{"type":"web_search"},{"type":"function","function":{"name":"send"}}]}
        """;

    [Fact]
    public async Task InfluxDb_OnePointPerRequest_ReadBackWhole()
    {
        await using InfluxServer server = await InfluxServer.StartAsync();
        await using Rig rig = await Rig.StartAsync(1, options => options with { InfluxdbUrl = server.Url.AbsoluteUri });

        // One that is preempted by another, one that nobody serves, one of the gateway's own.
        Task<HttpResponseMessage> low = rig.SendAsync(rig.Request(
            Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json(WithTools), "x-sim-fail: hang", "x-sim-fail-times: 1", "x-request-id: low-1"));
        await rig.WaitUntil(static stats => stats.BillableStarts == 1);
        Assert.Equal(HttpStatusCode.OK, (await rig.ChatAsync(Rig.Urgent, "n").Soon()).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await low.Soon()).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Get, "/nowhere"))).StatusCode);
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(3, 1);
        await Eventually.TrueAsync(async () => await server.CountAsync() == 3);

        IReadOnlyDictionary<string, JsonElement> point = Assert.Single(await server.QueryAsync("SELECT * FROM openai_request WHERE request_id = 'low-1'"));
        AccessRecord record = records.Single(static record => record.RequestId == "low-1");
        Assert.Equal(
            ("gpt-4o", "/v1/chat/completions", "3", "default", "200", "true", "false"),
            (Text("model"), Text("path"), Text("priority"), Text("instance"), Text("status"), Text("preempted"), Text("cached")));
        Assert.Equal(("get_weather,web_search,send", "function,web_search"), (Text("tools"), Text("tool_types")));
        Assert.Equal((1, 0, 200), (Number("preemptions"), Number("retries"), Number("status_code")));
        Assert.Equal((record.InputTokens, record.OutputTokens, record.WastedTokens), (Number("input_tokens"), Number("output_tokens"), Number("wasted_tokens")));
        Assert.Equal(record.Duration.TotalMilliseconds, point["processing_ms"].GetDouble(), 0.001);
        Assert.Equal(record.Wasted.TotalMilliseconds, point["wasted_ms"].GetDouble(), 0.001);
        Assert.InRange(Number("time") / 1e9, record.StartedAt.ToUnixTimeSeconds() - 1, record.StartedAt.ToUnixTimeSeconds() + 60);

        string Text(string column) => point[column].GetString()!;
        long Number(string column) => point[column].GetInt64();
    }

    [Fact]
    public async Task VictoriaMetrics_OnePointPerRequest_ReadBack()
    {
        await using VictoriaServer server = await VictoriaServer.StartAsync();
        await using Rig rig = await Rig.StartAsync(1, options => options with { InfluxdbUrl = server.Url.AbsoluteUri });
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await rig.ChatAsync(Rig.Normal, $"n{i}").Soon()).StatusCode);
        }

        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(5, 1);
        IReadOnlyList<(JsonElement Labels, double Value)> values = [];
        await Eventually.TrueAsync(async () => (values = await server.ExportAsync("processing_ms")).Count == 5);

        Assert.All(
            records.Select(static record => record.Duration.TotalMilliseconds).Order().Zip(values.Select(static value => value.Value).Order()),
            static pair => Assert.Equal(pair.First, pair.Second, 0.002));
        Assert.All(values, static value => Assert.Equal(
            ("/v1/chat/completions", "2", "200", "false"),
            (value.Labels.GetProperty("path").GetString(), value.Labels.GetProperty("priority").GetString(), value.Labels.GetProperty("status").GetString(),
                value.Labels.GetProperty("preempted").GetString())));
    }

    /// <summary>Its own parser has the last word on our escaping.</summary>
    [Fact]
    [Trait("row", "H2")]
    public async Task InfluxDb_HostileNames_AreStoredAsOnePointEach()
    {
        await using InfluxServer server = await InfluxServer.StartAsync();
        string[] pieces = ["\\", "\n", "\"", ",", "=", " ", "a", "é", "🙂", "\ud800", "\0", "\r", "\t", "#", "x=1i 1\nopenai_request processing_ms=1"];
        var random = new Random(20261121);
        var lines = new ArrayBufferWriter<byte>();
        var point = new RequestPoint(lines, static record => record.Model!);
        const int points = 2_000;
        for (int i = 0; i < points; i++)
        {
            point.Write(RequestPointTests.Record(Name(), Name(), Name(), Name()));
        }

        using HttpClient client = Rig.NewClient();
        using var body = new ByteArrayContent(lines.WrittenSpan.ToArray());
        using HttpResponseMessage answer = await client.PostAsync(new Uri(server.Url, $"?db={InfluxServer.Database}&precision=ns"), body, Rig.Cancel);

        Assert.Equal("", await answer.Content.ReadAsStringAsync(Rig.Cancel));
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(points, await server.CountAsync());
        IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> keys = await server.QueryAsync("SHOW TAG KEYS");
        Assert.Equal(
            ["cached", "caller", "instance", "model", "path", "port", "preempted", "priority", "status"],
            keys.Select(static row => row["tagKey"].GetString()).Order());

        string Name() => string.Concat(Enumerable.Range(0, 1 + random.Next(6)).Select(_ => pieces[random.Next(pieces.Length)]));
    }

    /// <summary>Stopped for good in the middle of a load: callers notice nothing, and nothing is lost uncounted.</summary>
    [Fact]
    [Trait("row", "M3")]
    public async Task InfluxDb_StoppedUnderLoad_CallersAreServedAndAllIsDeliveredAfter()
    {
        await using InfluxServer server = await InfluxServer.StartAsync();
        await using Rig rig = await Rig.StartAsync(8, options => options with { InfluxdbUrl = server.Url.AbsoluteUri });
        server.Process.Stop();
        const int requests = 500;
        for (int i = 0; i < requests; i += 50)
        {
            HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(i, 50).Select(n => rig.ChatAsync(Rig.Urgent, $"n{n}"))).Soon();
            Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        }

        await rig.AssertQuietAsync(requests, 8);
        var sink = rig.Gateway.Services.GetRequiredService<InfluxSink>();
        Assert.Equal((requests, 0, 0), (sink.Produced, sink.Delivered, sink.Dropped));

        server.Process.Continue();
        await Eventually.TrueAsync(async () => await server.CountAsync() == requests && sink.Delivered == requests);
    }
}
