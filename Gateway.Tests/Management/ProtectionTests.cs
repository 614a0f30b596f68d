using System.Collections.Concurrent;
using System.Net;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary>Who may use the management routes. The routes are those that the gateway itself says it has.</summary>
[Trait("req", "A10")]
[Trait("row", "A5")]
public class ProtectionTests
{
    private static readonly string[] Right = [$"X-Admin-Token: {AdminRig.Token}"];

    public static TheoryData<string> WrongCredentials =>
    [
        "X-Admin-Token:", "X-Admin-Token: x", $"X-Admin-Token: {AdminRig.Token[..^1]}", $"X-Admin-Token: {AdminRig.Token}x",
        $"X-Admin-Token: {AdminRig.Token.ToUpperInvariant()}", $"X-Admin-Token: {AdminRig.Token},{AdminRig.Token}",
        $"X-Admin-Token: Bearer {AdminRig.Token}", $"Authorization: {AdminRig.Token}", $"Authorization: Basic {AdminRig.Token}",
        $"Authorization: Bearer  {AdminRig.Token}", $"api-key: {AdminRig.Token}", "Authorization: Bearer canary-client",
    ];

    [Fact]
    public async Task EveryRoute_TokenConfigured_IsRefusedWithoutItOnEveryPort()
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);
        IReadOnlyList<(string Method, string Pattern, string Path)> routes = rig.Gateway.Routes();
        var open = new ConcurrentBag<string>();

        // All at once: the answers to wrong tokens leave one behind the other.
        await Task.WhenAll(
            from route in routes
            from port in (int[])[Rig.Urgent, Rig.Normal, Rig.Batch]
            from headers in (string[][])[[], ["X-Admin-Token: wrong"], ["Authorization: Bearer canary-client"]]
            select AskAsync(route.Method, route.Path, port, headers));

        Assert.True(routes.Count >= 13, $"{routes.Count} routes");
        Assert.Equal(["/health", "/health/ready"], open.Distinct().Order());
        Assert.True(rig.Gateway.Services.GetService(typeof(Gateway.Management.DrainState)) is Gateway.Management.DrainState { IsReady: true });

        async Task AskAsync(string method, string path, int port, string[] headers)
        {
            using HttpResponseMessage answer = await rig.SendAsync(rig.Request(port, new HttpMethod(method), path, null, headers)).Soon();
            if (answer.StatusCode != HttpStatusCode.Unauthorized)
            {
                open.Add(path);
                return;
            }

            Assert.Equal("invalid_admin_token", (await StageFixture.ErrorAsync(answer)).Code);
        }
    }

    [Fact]
    public async Task EveryRoute_NoToken_IsRefusedToWhateverAProxyPassedOn()
    {
        await using Rig rig = await Rig.StartAsync();
        foreach ((string method, _, string path) in rig.Gateway.Routes())
        {
            foreach (string header in (string[])["Forwarded: for=127.0.0.1", "X-Forwarded-For: 127.0.0.1", "x-forwarded-proto: https", "X-FORWARDED-HOST:", "Via: 1.1 x", "X-Real-IP: 127.0.0.1"])
            {
                using HttpResponseMessage answer = await rig.AdminAsync(method, path, null, header);
                Assert.Equal((path, AdminRig.IsHealth(path)), (path, answer.StatusCode == HttpStatusCode.OK));
                if (!AdminRig.IsHealth(path))
                {
                    Assert.Equal((HttpStatusCode.Forbidden, "forbidden"), (answer.StatusCode, (await StageFixture.ErrorAsync(answer)).Code));
                }
            }
        }
    }

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:8080", 200)]
    [InlineData("127.0.0.1:9", 200)]
    [InlineData("127.9.9.9", 200)]
    [InlineData("[::1]:8080", 200)]
    [InlineData("[::ffff:127.0.0.1]", 200)]
    [InlineData("rebound.example", 403)]
    [InlineData("localhost.example", 403)]
    [InlineData("127.0.0.1.example:80", 403)]
    [InlineData("10.0.0.1", 403)]
    [InlineData("[::2]", 403)]
    [InlineData("", 403)]
    public async Task NoToken_Host_MustBeThisMachine(string host, int status)
    {
        await using Rig rig = await Rig.StartAsync();
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Urgent), Rig.Cancel);

        await client.SendAsync($"GET /admin/config HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", Rig.Cancel);

        Assert.StartsWith($"HTTP/1.1 {status} ", await client.ReadToEndAsync(Rig.Cancel).Soon(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "Origin: {own}", 200)]
    [InlineData("POST", "Sec-Fetch-Site: same-origin", 200)]
    [InlineData("POST", "Sec-Fetch-Site: none", 200)]
    [InlineData("GET", "Sec-Fetch-Site: cross-site", 200)]
    [InlineData("POST", "Origin: http://evil.example", 403)]
    [InlineData("POST", "Origin: null", 403)]
    [InlineData("POST", "Origin: http://127.0.0.1:1", 403)]
    [InlineData("POST", "Sec-Fetch-Site: cross-site", 403)]
    [InlineData("POST", "Sec-Fetch-Site: same-site", 403)]
    public async Task NoToken_PageOfAnotherSite_ChangesNothing(string method, string header, int status)
    {
        await using Rig rig = await Rig.StartAsync();
        string own = rig.Gateway.Address(Rig.Urgent).GetLeftPart(UriPartial.Authority);
        string path = method == "GET" ? "/admin/queue" : "/admin/tiers/3/pause";

        using HttpResponseMessage answer = await rig.AdminAsync(method, path, null, header.Replace("{own}", own, StringComparison.Ordinal));

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(status == 200 && method == "POST", (await rig.Gateway.Scheduler.SnapshotAsync()).Tiers[2].Paused);
    }

    [Theory]
    [MemberData(nameof(WrongCredentials))]
    public async Task Token_AlmostRight_IsRefused(string header)
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);

        Assert.Equal((401, "invalid_admin_token"), await rig.AdminErrorAsync("GET", "/admin/config", null, header) is var (status, _, _, code) ? (status, code) : default);
    }

    [Theory]
    [InlineData("/admin/config", "X-Admin-Token: wrong")]
    [InlineData("/metrics", "Authorization: Bearer wrong")]
    [InlineData("/admin/nothing", "X-Admin-Token: wrong")]
    [InlineData("/dashboard", "X-Admin-Token: wrong")]
    public async Task Token_WrongManyTimes_IsCountedAndSlowWhileTheRightOneNeverWaits(string path, string wrong)
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);
        long started = TimeProvider.System.GetTimestamp();

        Task<(int Status, string, string?, string?)>[] guesses = [.. Enumerable.Range(0, 8).Select(_ => rig.AdminErrorAsync("GET", path, null, wrong))];
        await rig.AdminJsonAsync("GET", "/admin/config", headers: Right);
        Assert.Equal(401, (await rig.AdminErrorAsync("GET", "/admin/config")).Status);
        bool isBraking = guesses.Any(static guess => !guess.IsCompleted);
        await Task.WhenAll(guesses);

        Assert.True(isBraking);
        Assert.True(TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(1.9));
        Assert.All(guesses, static guess => Assert.Equal(401, guess.Result.Status));
        await rig.Gateway.DisposeAsync();
        Assert.Contains("A wrong admin token was sent; 8 since the start", rig.Gateway.Log(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData($"X-Admin-Token: {AdminRig.Token}")]
    [InlineData($"Authorization: Bearer {AdminRig.Token}")]
    [InlineData($"Authorization: bearer {AdminRig.Token}")]
    [InlineData($"X-Admin-Token: {AdminRig.Token}|Authorization: Basic proxy")]
    [InlineData($"X-Admin-Token: {AdminRig.Token}|X-Forwarded-For: 10.0.0.1|Host: admin.example|Origin: https://admin.example")]
    public async Task Token_Right_IsEnoughFromEverywhere(string headers)
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);

        await rig.AdminJsonAsync("POST", "/admin/tiers/1/resume", null, HttpStatusCode.OK, headers.Split('|'));
    }

    [Fact]
    public async Task Token_TwoHeaders_IsRefused()
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Urgent), Rig.Cancel);

        await client.SendAsync($"GET /admin/config HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{Right[0]}\r\n{Right[0]}\r\n\r\n", Rig.Cancel);

        Assert.StartsWith("HTTP/1.1 401 ", await client.ReadToEndAsync(Rig.Cancel).Soon(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_ReplacedByAReload_CountsAtOnce()
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);
        await rig.AdminJsonAsync("GET", "/admin/config", headers: Right);

        rig.Gateway.Options.Publish(rig.Gateway.Options.Current with { AdminToken = "another" });

        Assert.Equal(401, (await rig.AdminErrorAsync("GET", "/admin/config", null, Right)).Status);
        await rig.AdminJsonAsync("GET", "/admin/config", headers: "X-Admin-Token: another");
    }

    [Theory]
    [InlineData("/admin")]
    [InlineData("/admin/nothing")]
    [InlineData("/ADMIN/config")]
    [InlineData("/%61dmin/config")]
    [InlineData("/stats")]
    [InlineData("/metrics")]
    [InlineData("/cache")]
    [InlineData("/dashboard/x")]
    [InlineData("/x/../admin/config")]
    public async Task Path_WrittenOtherwiseOrUnknown_TellsNothing(string path)
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Urgent), Rig.Cancel);

        await client.SendAsync($"DELETE {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", Rig.Cancel);

        Assert.StartsWith("HTTP/1.1 401 ", await client.ReadToEndAsync(Rig.Cancel).Soon(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task IPv6Loopback_NoToken_IsLocal()
    {
        await using Rig rig = await Rig.StartAsync(configure: static options => options with { Host = "::1" });

        await rig.AdminJsonAsync("GET", "/admin/config");
        Assert.Equal(403, (await rig.AdminErrorAsync("GET", "/admin/config", null, "Via: 1.1 x")).Status);
    }
}
