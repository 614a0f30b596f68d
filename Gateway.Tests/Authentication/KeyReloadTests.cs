using System.Globalization;
using System.Net;
using Gateway.Configuration;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Authentication;

/// <summary>
/// Keys change in the file while callers use them. A few rounds here, 1000 in <c>make keys</c> (GATEWAY_KEY_RELOADS).
/// </summary>
[Collection(Alone.Name)]
[Trait("row", "A7")]
[Trait("category", "keys")]
public class KeyReloadTests
{
    private const int Callers = 3;
    private const int FileRounds = 5;

    private static readonly int Reloads = int.Parse(
        Environment.GetEnvironmentVariable("GATEWAY_KEY_RELOADS") ?? "100", NumberStyles.None, CultureInfo.InvariantCulture);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reload_ManyTimesUnderTraffic_MixesNoMapping()
    {
        await using var setting = await Setting.StartAsync();
        using var stop = new CancellationTokenSource();
        int published = 0, arrived = 0, mixed = 0;
        setting.Upstream.Respond(context =>
        {
            Interlocked.Increment(ref arrived);
            if (context.Request.Headers.Authorization != $"Bearer upstream-{context.Request.Headers["x-number"]}")
            {
                Interlocked.Increment(ref mixed);
            }

            return Task.FromResult(false);
        }, beforeBody: true);
        Task<int>[] callers = [.. Enumerable.Range(0, Callers).Select(_ => CallAsync())];
        int refusedFiles = 0;
        for (int i = 1; i <= Reloads; i++)
        {
            if (i % 3 == 0)
            {
                setting.Write("{ \"client_keys\": [ { \"name\": \"a\", \"key\": \"client-x\" } ], \"api_key_mapping\": { \"client-x\": \"upstream-y\" } }");
                refusedFiles += setting.Watcher.Reload().IsValid ? 0 : 1;
            }
            else
            {
                setting.Write(i);
                Assert.True(setting.Watcher.Reload().IsValid);
                Volatile.Write(ref published, i);
            }

            await setting.Gateway.Records.WaitForAsync(i * 2).WaitAsync(StageFixture.Guard, Cancel);
        }

        await stop.CancelAsync();
        int[] answered = await Task.WhenAll(callers).WaitAsync(StageFixture.Guard, Cancel);

        Assert.Equal(Reloads / 3, refusedFiles);
        TestContext.Current.TestOutputHelper?.WriteLine($"{Reloads} reloads, {refusedFiles} of them refused, {arrived} requests, {mixed} with another one's key");
        Assert.Equal((answered.Sum(), 0), (arrived, mixed));
        Assert.True(arrived > Reloads / 2, $"{arrived} answers");

        async Task<int> CallAsync()
        {
            int answers = 0;
            while (!stop.IsCancellationRequested)
            {
                int number = Volatile.Read(ref published);
                HttpStatusCode status = await setting.AskAsync(number);

                // 401: revoked between the look and the arrival. Nothing else may happen.
                Assert.True(status == HttpStatusCode.OK || (status == HttpStatusCode.Unauthorized && Volatile.Read(ref published) >= number), $"{status}");
                answers += status == HttpStatusCode.OK ? 1 : 0;
            }

            return answers;
        }
    }

    [Fact]
    public async Task FileChange_UnderTraffic_CountsWithinASecond()
    {
        await using var setting = await Setting.StartAsync();
        var lags = new List<double>();
        for (int i = 1; i <= FileRounds; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await setting.AskAsync(i - 1));
            setting.Write(i);
            long written = TimeProvider.System.GetTimestamp();
            while (await setting.AskAsync(i) != HttpStatusCode.OK)
            {
                Cancel.ThrowIfCancellationRequested();
            }

            lags.Add(TimeProvider.System.GetElapsedTime(written).TotalMilliseconds);
            Assert.Equal(HttpStatusCode.Unauthorized, await setting.AskAsync(i - 1));
        }

        // What cannot be read, or is not allowed, changes nothing.
        setting.Write("{ \"client_keys\": [] }");
        Assert.False(setting.Watcher.Reload().IsValid);
        Assert.Equal(HttpStatusCode.OK, await setting.AskAsync(FileRounds));

        TestContext.Current.TestOutputHelper?.WriteLine($"lag in ms: {string.Join(" ", lags.Select(static lag => lag.ToString("0", CultureInfo.InvariantCulture)))}");
        Assert.InRange(lags.Max(), 0, 1000);
    }

    /// <summary>Somebody who never stops writing does not put the reload off for ever.</summary>
    [Fact]
    public async Task FileChange_OverAndOver_CountsWithinASecond()
    {
        await using var setting = await Setting.StartAsync();
        using var pause = new PeriodicTimer(ConfigurationWatcher.Look / 4);
        long written = TimeProvider.System.GetTimestamp();
        while (await setting.AskAsync(1) != HttpStatusCode.OK)
        {
            setting.Write(1);
            await pause.WaitForNextTickAsync(Cancel);
        }

        Assert.InRange(TimeProvider.System.GetElapsedTime(written).TotalMilliseconds, 0, 1500);
    }

    /// <summary>A gateway that watches a file with one key, whose number is that of its upstream key.</summary>
    private sealed class Setting : IAsyncDisposable
    {
        private readonly ConfigurationFolder _folder;
        private readonly HttpClient _client = Rig.NewClient();

        private Setting(ConfigurationFolder folder, SimulatorHost upstream, GatewayHost gateway, ConfigurationWatcher watcher) =>
            (_folder, Upstream, Gateway, Watcher) = (folder, upstream, gateway, watcher);

        public SimulatorHost Upstream { get; }

        public GatewayHost Gateway { get; }

        public ConfigurationWatcher Watcher { get; }

        public static async Task<Setting> StartAsync()
        {
            var folder = new ConfigurationFolder();
            SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
            folder.Write("config.json", Json(upstream, 0));
            ConfigurationLoader loader = folder.Loader();
            LoadResult initial = loader.Load();
            GatewayHost gateway = await GatewayHost.StartAsync(initial.Options!);
            return new Setting(folder, upstream, gateway, new ConfigurationWatcher(
                loader, gateway.Options, initial, TimeProvider.System, NullLogger<ConfigurationWatcher>.Instance));
        }

        public void Write(int number) => Write(Json(Upstream, number));

        /// <summary>As editors do it: nobody ever reads half a file.</summary>
        public void Write(string json)
        {
            string path = _folder.Write("config.json.new", json);
            File.Move(path, Path.Combine(_folder.Root, "config.json"), overwrite: true);
        }

        public async Task<HttpStatusCode> AskAsync(int number)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Gateway.Address(0), "/v1/models"));
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer client-{number}");
            request.Headers.TryAddWithoutValidation("x-number", number.ToString(CultureInfo.InvariantCulture));
            using HttpResponseMessage answer = await _client.SendAsync(request, Cancel).Soon();
            return answer.StatusCode;
        }

        public async ValueTask DisposeAsync()
        {
            Watcher.Dispose();
            _client.Dispose();
            await Gateway.DisposeAsync();
            await Upstream.DisposeAsync();
            _folder.Dispose();
        }

        private static string Json(SimulatorHost upstream, int number) =>
            $$"""
            { "endpoints": [ { "port": 0 } ], "openai_api_url": "{{upstream.BaseAddress}}", "openai_api_key": "ours", "cache": { "enabled": false },
              "client_keys": [ { "name": "a", "key": "client-{{number}}", "upstream_key": "upstream-{{number}}" } ] }
            """;
    }
}
