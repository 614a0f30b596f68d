using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Conservation;

/// <summary>A gateway that is killed loses what it had not written yet, and nothing else; and nothing is written twice.</summary>
[Collection(Alone.Name)]
[Trait("row", "U13")]
[Trait("row", "L2")]
public partial class KillTests
{
    private const int Rounds = 3;
    private const int Callers = 16;
    private const int AtLeast = 300;

    private readonly ConcurrentQueue<string> _asked = new();
    private readonly ConcurrentQueue<string> _answered = new();

    [Fact]
    public async Task Gateway_KilledUnderLoad_LosesOnlyTheNewestPointsAndWritesNoneTwice()
    {
        await using SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using InfluxDouble influx = await InfluxDouble.StartAsync();
        for (int round = 0; round < Rounds; round++)
        {
            _asked.Clear();
            _answered.Clear();
            int before = influx.Lines.Count;
            await RunUntilKilledAsync(upstream, influx, round, before);

            List<string> written = [.. influx.Lines.Skip(before).Select(static line => RequestId().Match(line).Groups["id"].Value).Where(static id => id.StartsWith("call-", StringComparison.Ordinal))];
            string told = $"round {round}: {_asked.Count} asked, {_answered.Count} answered, {written.Count} written";
            TestContext.Current.TestOutputHelper?.WriteLine(told);
            Assert.True(written.Count > 0 && _answered.Count >= AtLeast, told);
            Assert.True(written.Count == written.Distinct().Count(), $"written twice; {told}");
            Assert.Empty(written.Except(_asked));
            Assert.All(upstream.Calls.CountBy(static call => call.Nonce), static pair => Assert.Equal(1, pair.Value));
            Assert.Empty(_answered.Except(upstream.Calls.Select(static call => call.Nonce)));
            AssertOnlyTheNewestAreLost(written.ToHashSet(), told);
        }
    }

    /// <summary>In the order of their ends, of which callers see each others' a little different: no hole among those that were written.</summary>
    private void AssertOnlyTheNewestAreLost(HashSet<string> written, string told)
    {
        string[] order = [.. _answered];
        int last = Array.FindLastIndex(order, written.Contains);
        string[] holes = [.. order.Take(last - (2 * Callers)).Where(id => !written.Contains(id))];
        Assert.True(holes.Length == 0, $"{holes.Length} lost in the middle; {told}");
    }

    private async Task RunUntilKilledAsync(SimulatorHost upstream, InfluxDouble influx, int round, int before)
    {
        GatewayProcess gateway = await GatewayProcess.StartAsync($$"""
            {
              "endpoints": [{ "port": {port}, "priority": 1 }],
              "instances": [{ "name": "sim", "provider_type": "openai", "api_base": "{{upstream.BaseAddress}}v1", "max_concurrency": 8 }],
              "retries": { "max_retries": 0 },
              "influxdb_url": "{{influx.Url.OriginalString}}", "influx_token": "t", "state_file": ""
            }
            """);
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
            // Some points have arrived, and more are on their way.
            await Eventually.TrueAsync(() => influx.Lines.Count > before && _answered.Count >= AtLeast);
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
