using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Conservation;

/// <summary>A gateway that is killed loses the points of what was under way, and no others; and no request has two.</summary>
[Collection(Alone.Name)]
[Trait("row", "U13")]
[Trait("row", "L2")]
public sealed partial class KillTests : IDisposable
{
    private const int Rounds = 4;
    private const int Callers = 16;
    private const int AtLeast = 300;

    private readonly ConfigurationFolder _folder = new();
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly ConcurrentQueue<string> _answered = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Gateway_KilledUnderLoad_LosesOnlyWhatIsUnderWayAndWritesNothingTwice()
    {
        await using SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using InfluxDouble influx = await InfluxDouble.StartAsync();
        for (int round = 0; round < Rounds; round++)
        {
            // By turns: points are being sent, and some have arrived; none has, and all that were made wait for the next start.
            influx.Status = round % 2 == 0 ? 204 : 503;
            await RunUntilKilledAsync(upstream, influx, round);
        }

        // The last one lives, and finds what the others have left.
        influx.Status = 204;
        await using GatewayProcess last = await StartAsync(upstream, influx);
        await Eventually.TrueAsync(() => Lost(influx).All(static round => round.Value <= Callers));

        // InfluxDB has a point once, however often it is sent: of the same tags and time it is the same.
        string[] written = [.. influx.Lines.Distinct().Select(static line => RequestId().Match(line).Groups["id"].Value).Where(static id => id.StartsWith("call-", StringComparison.Ordinal))];
        string told = $"{_asked.Count} asked, {_answered.Count} answered, {written.Length} written, lost {string.Join(", ", Lost(influx))}, {influx.Lines.Count - influx.Lines.Distinct().Count()} sent again";
        TestContext.Current.TestOutputHelper?.WriteLine(told);
        Assert.True(written.Length == written.Distinct().Count(), $"written twice; {told}");
        Assert.Empty(written.Except(_asked));
        Assert.All(upstream.Calls.CountBy(static call => call.Nonce), static pair => Assert.Equal(1, pair.Value));
        Assert.Empty(_answered.Except(upstream.Calls.Select(static call => call.Nonce)));
    }

    /// <summary>How many of a round were answered and have no point. Each caller may have had the last byte of one whose record was not made yet.</summary>
    private IEnumerable<KeyValuePair<string, int>> Lost(InfluxDouble influx) =>
        _answered.Except(influx.Lines.Select(static line => RequestId().Match(line).Groups["id"].Value)).CountBy(static id => id.Split('-')[1]);

    private Task<GatewayProcess> StartAsync(SimulatorHost upstream, InfluxDouble influx) => GatewayProcess.StartAsync($$"""
        {
          "endpoints": [{ "port": {port}, "priority": 1 }],
          "instances": [{ "name": "sim", "provider_type": "openai", "api_base": "{{upstream.BaseAddress}}v1", "max_concurrency": 8 }],
          "retries": { "max_retries": 0 },
          "influxdb_url": "{{influx.Url.OriginalString}}", "influx_token": "t", "state_file": "{{Path.Combine(_folder.Root, "gateway.state")}}"
        }
        """);

    private async Task RunUntilKilledAsync(SimulatorHost upstream, InfluxDouble influx, int round)
    {
        (int arrived, int tried, int answered) = (influx.Lines.Count, influx.Requests.Count, _answered.Count);
        GatewayProcess gateway = await StartAsync(upstream, influx);
        using HttpClient client = Rig.NewClient();
        int next = 0;
        Task calling = Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (await TryCallAsync(client, gateway.Address, string.Create(CultureInfo.InvariantCulture, $"call-{round}-{Interlocked.Increment(ref next)}")))
            {
            }
        })));

        try
        {
            await Eventually.TrueAsync(() => _answered.Count >= answered + AtLeast && influx.Requests.Count > tried && (influx.Status == 503 || influx.Lines.Count > arrived));
        }
        finally
        {
            // As kill -9 does.
            await gateway.DisposeAsync();
        }

        await calling.Soon();
    }

    /// <summary>False when the gateway is gone.</summary>
    private async Task<bool> TryCallAsync(HttpClient client, Uri gateway, string id)
    {
        _asked.Enqueue(id);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway, "/v1/chat/completions")) { Content = Rig.Json(Rig.ChatBody(Rig.Urgent)) };
        request.Headers.Add("x-request-id", id);
        request.Headers.Add("x-sim-nonce", id);
        request.Headers.Add("x-sim-ttft-ms", "2");
        try
        {
            using HttpResponseMessage answer = await client.SendAsync(request, Rig.Cancel);
            Assert.True(answer.IsSuccessStatusCode, answer.StatusCode.ToString());
            _answered.Enqueue(id);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    [GeneratedRegex("request_id=\"(?<id>[^\"]*)\"")]
    private static partial Regex RequestId();
}
