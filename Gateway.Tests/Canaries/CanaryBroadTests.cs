using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Gateway.Configuration;
using Gateway.Redis;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Canaries;

/// <summary>The same secrets on every other way through the gateway: refusals, limits, a Redis that comes and goes, sockets, proxies, reloads.</summary>
[Trait("row", "A4")]
[Trait("req", "M6")]
public class CanaryBroadTests
{
    private const string Path = "/v1/chat/completions";

    /// <summary>What upstreams and callers may read back of their own.</summary>
    private static readonly string[] Own = [CanaryRig.Words, CanaryRig.Prompt, "query", "header", "user-agent", "idempotency", "user"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Requests_OfEveryKind_LeaveNothing(bool isTerminal)
    {
        await using RedisServer redis = await RedisServer.StartAsync(Canary.Of("redis-password"));
        await using CanaryRig rig = await CanaryRig.StartAsync(isTerminal, options => options with
        {
            RedisUrl = redis.Url,
            RateLimit = new RateLimitOptions { RequestsPerMinute = 1000, TokensPerMinute = 100_000, RequestsPerMinutePerIp = 1000 },
            ClientKeys = [options.ClientKeys[0] with { RequestsPerMinute = 2 }],
            Limits = options.Limits with { MaxBodyBytes = 4096 },
        });
        await Eventually.TrueAsync(() => rig.Rig.Gateway.Services.GetRequiredService<RedisConnection>().IsAvailable);
        var seen = new HashSet<int?>();
        foreach (string caller in (string[])[.. CanaryRig.Callers, "client-named", "client-named", "client-wrong"])
        {
            seen.Add((int?)await rig.SendAsync(rig.Request(caller, Path, CanaryRig.Chat(stream: true)), Own));
            seen.Add((int?)await rig.SendAsync(rig.Request(caller, "/v1/embeddings", $$"""{"model":"m","input":"{{Canary.Of(CanaryRig.Prompt)}}"}"""), Own));
            seen.Add((int?)await rig.SendAsync(rig.Request(caller, "/v1/models", null, "GET"), Own));
            for (int i = 0; i < 2; i++)
            {
                // What a cache may keep: once to fill it, once from it.
                string json = CanaryRig.Chat(stream: false)[..^1] + ",\"temperature\":0,\"seed\":1}";
                seen.Add((int?)await rig.SendAsync(rig.Request(caller, Path, json), Own));
            }
        }

        foreach (string json in (string[])
            [
                $"{{\"model\":\"m\",\"n\":\"{Canary.Of(CanaryRig.Prompt)}\"}}", $"{{\"model\":\"m\" {Canary.Of(CanaryRig.Prompt)}", $"{{\"{Canary.Of(CanaryRig.Prompt)}\"",
                $"{{\"model\":\"m\",\"stream\":\"{Canary.Of(CanaryRig.Prompt)}\"}}", $"\"{Canary.Of(CanaryRig.Prompt)}\"",
                $"{{\"model\":\"m\",\"messages\":\"{string.Concat(Enumerable.Repeat(Canary.Of(CanaryRig.Prompt), 200))}\"}}",
            ])
        {
            // Nothing of a body that the gateway refuses comes back.
            seen.Add((int?)await rig.SendAsync(rig.Request("client-listed", Path, json)));
        }

        seen.Add((int?)await rig.SendAsync(rig.Request("client-listed", "/nowhere", null, "GET")));
        await SocketsAsync(rig);
        await DumpAsync(rig, redis);
        redis.Kill();
        seen.Add((int?)await rig.SendAsync(rig.Request("client-listed", Path, CanaryRig.Chat(stream: false)), Own));
        await rig.Rig.Upstream.DisposeAsync();
        seen.Add((int?)await rig.SendAsync(rig.Request("client-listed", Path, CanaryRig.Chat(stream: false)), Own));

        await rig.AssertCleanAsync(40);
        Assert.Superset(new HashSet<int?> { 200, 400, 401, 404, 413, 429, 502 }, seen);
    }

    [Theory]
    [InlineData("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"WORDS\"\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\nX-Words: WORDS\r\nContent-Length: LENGTH\r\n\r\nWORDS")]
    [InlineData("WORDS")]
    public async Task Proxy_WithAPassword_LeavesNothing(string wire)
    {
        string shown = Convert.ToBase64String(Encoding.ASCII.GetBytes($"user:{Canary.Of("proxy-password")}"));
        int timesShown = 0;
        await using RawUpstream proxy = RawUpstream.Start(async (connection, request) =>
        {
            timesShown += request.Contains($"Proxy-Authorization: Basic {shown}\r\n", StringComparison.Ordinal) ? 1 : 0;
            string words = $"{CanaryRig.Echo(request)} {shown}";
            string length = words.Length.ToString(CultureInfo.InvariantCulture);
            await connection.WriteAsync(Encoding.Latin1.GetBytes(
                wire.Replace("WORDS", words, StringComparison.Ordinal).Replace("LENGTH", length, StringComparison.Ordinal)));
            return RawUpstream.Closing.Orderly;
        }, readBody: false);
        foreach (string scheme in (string[])["http", "https"])
        {
            await using CanaryRig rig = await CanaryRig.StartAsync(isTerminal: false, options => options with
            {
                Instances =
                [
                    options.Instances[0] with
                    {
                        ApiBase = new Uri($"{scheme}://upstream.invalid/v1"), ProxyUrl = $"http://user:{Canary.Of("proxy-password")}@{proxy.BaseAddress.Authority}",
                    },
                ],
            });
            await rig.SendAsync(rig.Request("client-listed", Path, CanaryRig.Chat(stream: false)), Own);
            await rig.AssertCleanAsync(1);
        }

        Assert.Equal(2, timesShown);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reloads_OfBadFiles_LeaveNothing(bool isTerminal)
    {
        string[] bad =
        [
            "{ \"client_api_keys\": [\"SECRET\", \"SECRET\"] }", "{ \"client_api_keys\": \"SECRET\" }", "{ \"client_api_keys\": [\"SECRET x\"] }", "{ \"client_api_keys\": [\"sha256:SECRET\"] }",
            "{ \"api_key_mapping\": { \"SECRET\": 1 } }", "{ \"api_key_mapping\": { \"SECRET\": \"${SECRET_UNSET}\" } }", "{ \"api_key_mapping\": { \"SECRET\": \"SECRET\" }, \"api_key_mapping\": 1 }",
            "{ \"client_keys\": [ { \"name\": \"a\", \"key\": \"SECRET\", \"upstream_key\": \"SECRET x\" } ] }",
            "{ \"client_keys\": [ { \"name\": \"a\", \"key\": \"SECRET\" }, { \"name\": \"b\", \"key\": \"SECRET\" } ] }", "{ \"client_keys\": [ { \"name\": \"SECRET\", \"key\": \"SECRET\" } ] }",
            "{ \"client_keys\": [ { \"name\": \"a\", \"sha256\": \"SECRET\" } ] }", "{ \"admin_token\": \"SECRET x\" }", "{ \"admin_token\": [\"SECRET\"] }", "{ \"influx_token\": \"SECRET x\" }",
            "{ \"redis_url\": \"http://:SECRET@h\" }", "{ \"influxdb_url\": \"ftp://u:SECRET@h\" }", "{ \"otlp_endpoint\": \"u:SECRET@h\" }", "{ \"proxy_url\": \"socks5://u:SECRET@h\" }",
            "{ \"openai_api_key\": \"SECRET x\" }", "{ \"openai_api_url\": \"https://u:SECRET@h/\" }", "{ \"instances\": [ { \"name\": \"a\", \"api_key\": \"SECRET x\" } ] }",
            "{ \"instances\": [ { \"name\": \"a\", \"proxy_url\": \"u:SECRET@h\" } ] }", "{ \"openai_api_key\": \"SECRET\", ", "SECRET", "{ \"openai_api_key\": SECRET }", "[\"SECRET\"]",
        ];
        await using CanaryRig rig = await CanaryRig.StartAsync(isTerminal);
        using var folder = new ConfigurationFolder();
        folder.Write("config.json", "{}");
        ConfigurationLoader loader = folder.Loader();
        using var watcher = new ConfigurationWatcher(
            loader, rig.Rig.Gateway.Options, loader.Load(), TimeProvider.System, rig.Rig.Gateway.Services.GetRequiredService<ILogger<ConfigurationWatcher>>());
        foreach (string json in bad)
        {
            folder.Write("config.json", json.Replace("SECRET", Canary.Of("file"), StringComparison.Ordinal));
            LoadResult result = watcher.Reload();

            Assert.False(result.IsValid, json);
            rig.Sinks.Add(json, string.Join('\n', result.Errors));
        }

        await rig.AssertCleanAsync(0);
    }

    /// <summary>The key in a subprotocol and in the query, a refusal that repeats it, and a conversation.</summary>
    private static async Task SocketsAsync(CanaryRig rig)
    {
        foreach (string caller in (string[])["client-listed", "client-wrong"])
        {
            foreach (bool isProtocol in (bool[])[true, false])
            {
                using var socket = new ClientWebSocket();
                socket.Options.SetRequestHeader("X-Custom", Canary.Of("header"));
                string query = isProtocol ? "" : $"&api-key={Canary.Of(caller)}";
                if (isProtocol)
                {
                    socket.Options.AddSubProtocol("realtime");
                    socket.Options.AddSubProtocol($"openai-insecure-api-key.{Canary.Of(caller)}");
                }

                var address = new UriBuilder(new Uri(rig.Rig.Gateway.Address(Rig.Batch), $"/v1/realtime?model=m{query}")) { Scheme = "ws" };
                try
                {
                    await socket.ConnectAsync(address.Uri, Rig.Cancel).Soon();
                    await socket.SendAsync(Canary.Of(CanaryRig.Prompt));
                    await socket.CloseAsync();
                }
                catch (WebSocketException e)
                {
                    rig.Sinks.Add("socket", e.ToString());
                }
            }
        }
    }

    /// <summary>Every key, and every value of whatever type.</summary>
    private static async Task DumpAsync(CanaryRig rig, RedisServer redis)
    {
        IReadOnlyList<string> keys = await redis.KeysAsync();
        Assert.NotEmpty(keys);
        foreach (string key in keys)
        {
            rig.Sinks.Add("redis key", key);
            string type = (await redis.CommandAsync("TYPE", key)).Trim('+', '\r', '\n');
            rig.Sinks.Add($"redis {type}", await (type switch
            {
                "hash" => redis.CommandAsync("HGETALL", key),
                "zset" => redis.CommandAsync("ZRANGE", key, "0", "-1"),
                "list" => redis.CommandAsync("LRANGE", key, "0", "-1"),
                "set" => redis.CommandAsync("SMEMBERS", key),
                _ => redis.CommandAsync("GET", key),
            }));
        }
    }
}
