using System.Net;
using System.Text;
using Gateway.Management.Protection;
using Gateway.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.Tests.Management.Dashboard;

/// <summary>How a browser shows the admin token, and what stands for it afterwards.</summary>
[Trait("req", "A10")]
[Trait("row", "A5")]
public class SessionTests
{
    [Fact]
    public async Task Page_BrowserWithoutSession_GetsTheSignInAsA401()
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);

        using HttpResponseMessage answer = await rig.AdminAsync("GET", "/dashboard", null, "Accept: text/html,*/*");
        string page = await answer.TextAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("<form method=\"post\" action=\"/dashboard/session\">", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Lanes", page, StringComparison.Ordinal);
        Assert.Equal((401, "invalid_admin_token"), await rig.AdminErrorAsync("GET", "/dashboard") is var (status, _, _, code) ? (status, code) : default);
    }

    [Fact]
    public async Task SignIn_RightToken_SetsACookieThatOpensManagementOnly()
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);

        using HttpResponseMessage answer = await rig.SignInAsync(AdminRig.Token, "Sec-Fetch-Site: same-origin");
        string[] cookies = [.. answer.Headers.GetValues("Set-Cookie")];

        Assert.Equal((HttpStatusCode.SeeOther, "/dashboard"), (answer.StatusCode, answer.Headers.Location?.ToString()));
        Assert.Equal(["/dashboard", "/admin", "/stats", "/cache", "/metrics"], cookies.Select(static cookie => Attribute(cookie, "Path=")));
        Assert.All(cookies, static cookie =>
        {
            Assert.Contains("; HttpOnly", cookie, StringComparison.Ordinal);
            Assert.Contains("; SameSite=Strict", cookie, StringComparison.Ordinal);
            Assert.Contains("; Max-Age=43200", cookie, StringComparison.Ordinal);
            Assert.DoesNotContain("Secure", cookie, StringComparison.Ordinal);
            Assert.DoesNotContain("canary", cookie, StringComparison.Ordinal);
        });
        await rig.AdminJsonAsync("GET", "/admin/config", null, HttpStatusCode.OK, $"Cookie: {cookies[0].Split(';')[0]}");
        using HttpResponseMessage page = await rig.AdminAsync("GET", "/dashboard", null, $"Cookie: {cookies[0].Split(';')[0]}", "Accept: text/html");
        Assert.Contains("Lanes and slots", await page.TextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SignIn_BehindTls_SetsASecureCookie()
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);

        using HttpResponseMessage answer = await rig.SignInAsync(AdminRig.Token, "X-Forwarded-Proto: https");

        Assert.All(answer.Headers.GetValues("Set-Cookie"), static cookie => Assert.EndsWith("; Secure", cookie, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Sec-Fetch-Site: same-origin", 200)]
    [InlineData("Origin: {own}", 200)]
    [InlineData("Origin: https://{host}", 200)]
    [InlineData("X-Nothing: x", 401)]
    [InlineData("Sec-Fetch-Site: same-site", 401)]
    [InlineData("Sec-Fetch-Site: cross-site", 401)]
    [InlineData("Sec-Fetch-Site: none", 401)]
    [InlineData("Origin: null", 401)]
    [InlineData("Origin: http://127.0.0.1:1", 401)]
    [InlineData("Sec-Fetch-Site: cross-site|Origin: {own}", 401)]
    public async Task Session_ChangesState_OnlyFromAPageOfOurs(string headers, int status)
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);
        Uri own = rig.Gateway.Address(Rig.Urgent);
        string[] sent = headers.Replace("{own}", own.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal)
            .Replace("{host}", own.Authority, StringComparison.Ordinal).Split('|');

        using HttpResponseMessage answer = await rig.AdminAsync("POST", "/admin/tiers/3/pause", null, [await rig.SessionAsync(), .. sent]);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(status == 200, (await rig.Gateway.Scheduler.SnapshotAsync()).Tiers[2].Paused);
    }

    [Theory]
    [InlineData("X-Admin-Token: wrong", 401)]
    [InlineData("X-Admin-Token:", 401)]
    [InlineData("Authorization: Bearer wrong", 401)]
    [InlineData("Authorization: Basic cHJveHk6cHJveHk=", 200)]
    public async Task Session_AndATokenInAHeader_TheTokenDecides(string header, int status)
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);

        using HttpResponseMessage answer = await rig.AdminAsync("GET", "/admin/config", null, await rig.SessionAsync(), header);

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Session_AnotherToken_IsOver()
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);
        string session = await rig.SessionAsync();
        await rig.AdminJsonAsync("GET", "/admin/config", null, HttpStatusCode.OK, session);

        rig.Gateway.Options.Publish(rig.Gateway.Options.Current with { AdminToken = "another" });

        Assert.Equal(401, (await rig.AdminErrorAsync("GET", "/admin/config", null, session)).Status);
    }

    [Fact]
    public void Session_TimeAndCode_AreBothChecked()
    {
        var token = new AdminToken("secret");
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        string session = token.BeginSession(now);
        string later = (now + TimeSpan.FromDays(9)).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);

        Assert.True(token.IsSession(session, now + AdminToken.SessionLife - TimeSpan.FromSeconds(1)));
        Assert.False(token.IsSession(session, now + AdminToken.SessionLife));
        Assert.True(new AdminToken("secret").IsSession(session, now));
        Assert.False(new AdminToken("Secret").IsSession(session, now));
        Assert.All(
            ["", ".", session[..^1], session + "0", $"{later}.{session[(session.IndexOf('.', StringComparison.Ordinal) + 1)..]}", session[..session.LastIndexOf('.')], $"{session}.", session.ToUpperInvariant() + "x", $" {session}", session.Replace('.', ',')],
            wrong => Assert.False(token.IsSession(wrong, now), wrong));
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData("")]
    [InlineData(AdminRig.Token + "x")]
    public async Task SignIn_WrongToken_IsRefusedAndCounted(string token)
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);

        using HttpResponseMessage page = await rig.SignInAsync(token, "Accept: text/html");
        using HttpResponseMessage json = await rig.SignInAsync(token);

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (page.StatusCode, json.StatusCode));
        Assert.Contains("That is not the admin token.", await page.TextAsync(), StringComparison.Ordinal);
        Assert.Equal("invalid_admin_token", (await StageFixture.ErrorAsync(json)).Code);
        Assert.False(page.Headers.Contains("Set-Cookie"));
        await rig.Gateway.DisposeAsync();
        Assert.Equal(2, rig.Gateway.Log().Split("A wrong admin token was sent").Length - 1);
        Assert.DoesNotContain("canary", rig.Gateway.Log(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SignIn_ManyWrongTokens_LeaveOneBehindTheOther()
    {
        var clock = new ManualTimeProvider();
        var brake = new TokenBrake(clock, NullLogger<TokenBrake>.Instance);
        Task[] waits = [.. Enumerable.Range(0, 30).Select(_ => brake.WaitAsync(Rig.Cancel))];

        clock.Advance(TimeSpan.FromMilliseconds(250));
        await waits[0].Soon();
        Assert.False(waits[1].IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1000));
        await Task.WhenAll(waits[..5]).Soon();
        Assert.False(waits[5].IsCompleted);

        // Nobody is held for longer than five seconds: each of them holds a connection.
        clock.Advance(TimeSpan.FromMilliseconds(3750));
        await Task.WhenAll(waits).Soon();
        Assert.Equal([true, true, false, true, false], Enumerable.Range(0, 5).Select(_ => brake.Count().IsWorthTelling));
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "token={token}&token={token}", 401)]
    [InlineData("application/x-www-form-urlencoded", "Token2={token}", 401)]
    [InlineData("application/json", "{\"token\":\"{token}\"}", 401)]
    [InlineData("application/x-www-form-urlencoded", "token={token}", 303)]
    [InlineData("application/x-www-form-urlencoded", "token={long}", 413)]
    public async Task SignIn_OtherForms_AreRefused(string type, string body, int status)
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);
        string text = body.Replace("{token}", AdminRig.Token, StringComparison.Ordinal).Replace("{long}", new string('x', 5000), StringComparison.Ordinal);

        using HttpResponseMessage answer = await rig.SendAsync(
            rig.Request(Rig.Urgent, HttpMethod.Post, "/dashboard/session", new StringContent(text, Encoding.ASCII, type))).Soon();

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task SignIn_FromAPageOfAnotherSite_IsRefused()
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);

        using HttpResponseMessage answer = await rig.SignInAsync(AdminRig.Token, "Origin: https://evil.example", "Sec-Fetch-Site: cross-site");

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task SignOut_TakesTheCookieBack()
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);

        using HttpResponseMessage answer = await rig.AdminAsync("DELETE", "/dashboard/session", null, await rig.SessionAsync(), "Sec-Fetch-Site: same-origin");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.All(answer.Headers.GetValues("Set-Cookie"), static cookie =>
        {
            Assert.StartsWith("gateway_session=;", cookie, StringComparison.Ordinal);
            Assert.Contains("; Max-Age=0;", cookie, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task SignOut_CopyOfTheCookie_OpensNothingAndOtherSessionsGoOn()
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);
        string session = await rig.SessionAsync(), other = await rig.SessionAsync();
        using FrameReader watching = await rig.WatchAsync(session);
        await watching.NextAsync();

        await rig.AdminAsync("DELETE", "/dashboard/session", null, session, "Sec-Fetch-Site: same-origin");
        rig.Gateway.Options.Publish(rig.Gateway.Options.Current with { Debug = true });
        rig.Gateway.Scheduler.SetPaused(3, paused: true);

        Assert.NotEqual(session, other);
        Assert.Equal(401, (await rig.AdminErrorAsync("GET", "/admin/config", null, session)).Status);
        await rig.AdminJsonAsync("GET", "/admin/config", null, HttpStatusCode.OK, other);
        while (await watching.NextAsync() is not null)
        {
        }
    }

    [Fact]
    public void EndedSessions_AreKeptUntilTheyAreOverAndNoMoreThanMayBe()
    {
        var ended = new EndedSessions();
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        ended.Add("first", now);
        ended.Add("first", now);
        ended.Add("second", now + AdminToken.SessionLife - TimeSpan.FromTicks(1));
        Assert.True(ended.Contains("first") && ended.Contains("second"));

        ended.Add("third", now + AdminToken.SessionLife);
        Assert.Equal((false, true), (ended.Contains("first"), ended.Contains("second")));

        for (int i = 0; i < EndedSessions.Capacity - 1; i++)
        {
            ended.Add($"{i}", now + AdminToken.SessionLife);
        }

        Assert.Equal((false, true, true), (ended.Contains("second"), ended.Contains("third"), ended.Contains("0")));
    }

    [Fact]
    public async Task NoToken_ThisMachine_NeedsNoSignIn()
    {
        await using Rig rig = await Rig.StartAsync();

        using HttpResponseMessage page = await rig.AdminAsync("GET", "/dashboard", null, "Accept: text/html");
        using HttpResponseMessage signIn = await rig.SignInAsync("whatever");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.SeeOther), (page.StatusCode, signIn.StatusCode));
        Assert.False(signIn.Headers.Contains("Set-Cookie"));
        Assert.Equal(403, (await rig.AdminErrorAsync("GET", "/dashboard", null, "Accept: text/html", "X-Forwarded-For: 10.0.0.1")).Status);
    }

    private static string Attribute(string cookie, string name) =>
        cookie.Split("; ").Single(part => part.StartsWith(name, StringComparison.Ordinal))[name.Length..];
}
