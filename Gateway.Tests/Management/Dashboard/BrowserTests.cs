using System.Net;
using System.Text.RegularExpressions;
using Gateway.Configuration;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Gateway.Tests.Management.Dashboard;

/// <summary>The dashboard in a real browser: what an operator sees and does.</summary>
[Collection(Alone.Name)]
public partial class BrowserTests(Chromium chromium) : IClassFixture<Chromium>
{
    /// <summary>By which something that happened must be seen.</summary>
    private static readonly LocatorAssertionsToBeVisibleOptions AtOnce = new() { Timeout = 1000 };

    [Fact]
    public async Task Preemption_IsSeenWithinASecond()
    {
        await using Rig rig = await Rig.StartAsync();
        await using BrowserPage browser = await chromium.OpenAsync();
        await browser.GoToDashboardAsync(rig.Gateway);
        Task<HttpResponseMessage> batch = rig.StuckAsync(Rig.Batch, "stuck");
        await Expect(browser[".cell .block[data-tier='3']"]).ToBeVisibleAsync();

        Task<HttpResponseMessage> urgent = rig.ChatAsync(Rig.Urgent, "held-urgent");
        await rig.WaitForSchedulerAsync(static state => state.Tiers[2].Preempted == 1);

        await Expect(browser["#story li[data-kind='preempted']"]).ToBeVisibleAsync(AtOnce);
        await Expect(browser["#story li[data-kind='preempted'] p"]).ToHaveTextAsync("tier 1 interrupted request 1 of tier 3 on default");
        await Expect(browser["[data-priority='3'] .queue .block[data-interrupted] b"]).ToHaveTextAsync("1");
        await Expect(browser[".cell .block[data-tier='1'][data-state='running']"]).ToBeVisibleAsync();
        await Expect(browser["#announcer"]).ToHaveTextAsync("tier 1 interrupted request 1 of tier 3 on default");
        rig.Held.ReleaseAll();
        await Task.WhenAll(urgent, batch).Soon();
        await Expect(browser[".block[data-id]"]).ToHaveCountAsync(0);
        browser.AssertContent();
    }

    [Fact]
    public async Task Instance_GoesDown_IsSeenWithItsReason()
    {
        await using Rig rig = await Rig.StartAsync(configure: static options => options with
        {
            Instances = [options.Instances[0] with { Name = "west" }, options.Instances[0] with { Name = "east", Priority = 2 }],
            Health = new HealthOptions { Active = false, MinimumCalls = 2, Break = TimeSpan.FromMinutes(5) },
        });
        await using BrowserPage browser = await chromium.OpenAsync();
        await browser.GoToDashboardAsync(rig.Gateway);
        await Expect(browser["#health"]).ToHaveTextAsync("Healthy");

        await HealthRig.FailAsync(rig, 2);

        await Expect(browser["#story li[data-kind='instance_down']"]).ToBeVisibleAsync(AtOnce);
        await Expect(browser["#story li[data-kind='instance_down']"]).ToContainTextAsync("west is down: ");
        await Expect(browser["#health"]).ToHaveTextAsync("Degraded");
        await Expect(browser["[data-instance='west'] .pill"]).ToHaveTextAsync("down");
        await Expect(browser["[data-instance='west'] .why"]).ToContainTextAsync("asked again at");
        await Expect(browser["[data-instance='east'] .pill"]).ToHaveTextAsync("active");
        await Expect(browser["#errors tr"]).ToHaveCountAsync(2);
        await Expect(browser["#errors tr"].First).ToContainTextAsync("500");
        browser.AssertContent();
    }

    [Fact]
    public async Task Tier_PausedByAClick_StartsNothingUntilResumed()
    {
        await using Rig rig = await Rig.StartAsync();
        await using BrowserPage browser = await chromium.OpenAsync();
        await browser.GoToDashboardAsync(rig.Gateway);

        await browser.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Pause tier 3" }).ClickAsync();
        await Expect(browser["[data-priority='3'][data-paused]"]).ToBeVisibleAsync(AtOnce);
        Task<HttpResponseMessage> held = rig.ChatAsync(Rig.Batch, "waits");
        await Expect(browser["[data-priority='3'] .queue .block[data-state='queued']"]).ToBeVisibleAsync();
        Assert.True((await rig.Gateway.Scheduler.SnapshotAsync()).Tiers[2].Paused);
        Assert.Equal(0, rig.Upstream.Stats.Started);

        await browser.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Resume tier 3" }).ClickAsync();

        Assert.Equal(HttpStatusCode.OK, (await held.Soon()).StatusCode);
        await Expect(browser["#story li p"]).ToHaveTextAsync(["Tier 3 goes on", "Tier 3 was paused"]);
        browser.AssertContent();
    }

    [Fact]
    public async Task WaitingRequest_TakenOutByKeyboard_GetsItsError()
    {
        await using Rig rig = await Rig.StartAsync();
        Task<HttpResponseMessage>[] running = await rig.HoldAsync(Rig.Urgent, 1);
        Task<HttpResponseMessage> first = rig.ChatAsync(Rig.Batch, "first");
        await rig.WaitForDepthAsync(1);
        await using BrowserPage browser = await chromium.OpenAsync();
        await browser.GoToDashboardAsync(rig.Gateway);
        await Expect(browser[".block[data-id='2']"]).ToBeVisibleAsync();

        await browser[".block[data-id='1']"].FocusAsync();
        await browser.Page.Keyboard.PressAsync("ArrowLeft");
        await Expect(browser[".block[data-id='2']"]).ToBeFocusedAsync();
        await browser.Page.Keyboard.PressAsync("Enter");
        await Expect(browser["#inspector"]).ToContainTextAsync("batch");
        await Expect(browser.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Close" })).ToBeFocusedAsync();
        await browser.Page.Keyboard.PressAsync("Shift+Tab");
        await Expect(browser.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Take out of the queue" })).ToBeFocusedAsync();
        await browser.Page.Keyboard.PressAsync("Enter");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await first.Soon()).StatusCode);
        await Expect(browser["#errors tr"]).ToContainTextAsync("Removed");
        await Expect(browser["#toast"]).ToContainTextAsync("was taken out");
        rig.Held.ReleaseAll();
        await Task.WhenAll(running).Soon();
        browser.AssertContent();
    }

    [Fact]
    public async Task InstanceAndCache_ChangedBehindAQuestion_ObeyTheAnswer()
    {
        await using Rig rig = await Rig.StartAsync(configure: static options => options with { Cache = new CacheOptions() });
        await using BrowserPage browser = await chromium.OpenAsync();
        await browser.GoToDashboardAsync(rig.Gateway);

        await browser.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Disable default" }).ClickAsync();
        await browser.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Keep it" }).ClickAsync();
        Assert.True(rig.Gateway.Options.Current.Instances[0].Enabled);
        await browser.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Disable default" }).ClickAsync();
        await browser["#confirm-yes"].ClickAsync();
        await Expect(browser["[data-instance='default'] .pill"]).ToHaveTextAsync("disabled");
        Assert.False(rig.Gateway.Options.Current.Instances[0].Enabled);
        await Expect(browser["#health"]).ToHaveTextAsync("Unhealthy");
        await browser.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Enable default" }).ClickAsync();
        await Expect(browser["[data-instance='default'] .pill"]).ToHaveTextAsync("active");

        await browser.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Clear cache" }).ClickAsync();
        await browser["#confirm-yes"].ClickAsync();
        await Expect(browser["#toast"]).ToHaveTextAsync("The cache is empty.");
        browser.AssertContent();
    }

    [Fact]
    [Trait("req", "A10")]
    public async Task AdminToken_SignInActAndSignOut_Works()
    {
        await using Rig rig = await Rig.StartAsync(configure: static options => options with { AdminToken = AdminRig.Token });
        await using BrowserPage browser = await chromium.OpenAsync();
        await browser.Page.GotoAsync(new Uri(rig.Gateway.Address(Rig.Urgent), "/dashboard").ToString());

        await browser.Page.GetByLabel("Admin token").FillAsync("wrong");
        await browser.Page.Keyboard.PressAsync("Enter");
        await Expect(browser.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("That is not the admin token.");
        await browser.Page.GetByLabel("Admin token").FillAsync(AdminRig.Token);
        await browser.Page.Keyboard.PressAsync("Enter");
        await Expect(browser["#link"]).ToHaveAttributeAsync("data-state", "live");
        await Expect(browser.Page).ToHaveURLAsync(new Uri(rig.Gateway.Address(Rig.Urgent), "/dashboard").ToString());
        await browser.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Pause tier 2" }).ClickAsync();
        await Expect(browser["[data-priority='2'][data-paused]"]).ToBeVisibleAsync();

        await browser.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign out" }).ClickAsync();
        await Expect(browser.Page.GetByLabel("Admin token")).ToBeFocusedAsync();
        Assert.Empty(await browser.Page.Context.CookiesAsync());
    }

    [Fact]
    public async Task Model_ThatIsMarkup_IsShownAsText()
    {
        await using Rig rig = await Rig.StartAsync();
        const string model = "<img src=x onerror=alert(1)>";
        await rig.SendAsync(rig.Request(
            Rig.Urgent, HttpMethod.Post, "/v1/chat/completions", Rig.Json($$"""{"model":"{{model}}","messages":[]}"""), "x-sim-status: 500")).Soon();
        await using BrowserPage browser = await chromium.OpenAsync();

        await browser.GoToDashboardAsync(rig.Gateway);

        await Expect(browser["#errors td.model"]).ToHaveTextAsync(model);
        Assert.Equal(0, await browser["#errors img"].CountAsync());
        browser.AssertContent();
    }

    [Fact]
    public async Task Gateway_ComesBack_TheDashboardJoinsAgain()
    {
        await using BrowserPage browser = await chromium.OpenAsync();
        Rig first = await Rig.StartAsync();
        Uri address = first.Gateway.Address(Rig.Urgent);
        await browser.GoToDashboardAsync(first.Gateway);
        await first.DisposeAsync();
        await Expect(browser["#link"]).ToHaveAttributeAsync("data-state", "lost");

        await using Rig second = await Rig.StartAsync(configure: options => options with
        {
            Endpoints = [options.Endpoints[0] with { Port = address.Port }, .. options.Endpoints.Skip(1)],
        });

        await Expect(browser["#link"]).ToHaveAttributeAsync("data-state", "live");
    }

    [Fact]
    public async Task LessMotion_NothingMoves()
    {
        await using Rig rig = await Rig.StartAsync();
        await using BrowserPage calm = await chromium.OpenAsync(wantsLessMotion: true);
        await using BrowserPage lively = await chromium.OpenAsync();
        foreach (BrowserPage page in (BrowserPage[])[calm, lively])
        {
            await page.GoToDashboardAsync(rig.Gateway);
            await page.Page.EvaluateAsync("""
                () => { window.moves = 0; const animate = Element.prototype.animate; Element.prototype.animate = function () { window.moves++; return animate.apply(this, arguments); }; }
                """);
        }

        Task<HttpResponseMessage>[] running = await rig.HoldAsync(Rig.Urgent, 1);
        await Expect(calm[".cell .block"]).ToBeVisibleAsync();
        await Expect(lively[".cell .block"]).ToBeVisibleAsync();

        Assert.Equal(0, await calm.Page.EvaluateAsync<int>("() => window.moves + document.getAnimations().length"));
        Assert.True(await lively.Page.EvaluateAsync<int>("() => window.moves") > 0);
        rig.Held.ReleaseAll();
        await Task.WhenAll(running).Soon();
    }

    [Fact]
    public async Task ScreenReader_EveryControlHasAName_AndTheOutlineIsWhole()
    {
        await using Rig rig = await Rig.StartAsync();
        Task<HttpResponseMessage>[] running = await rig.HoldAsync(Rig.Urgent, 1);
        Task<HttpResponseMessage> waiting = rig.ChatAsync(Rig.Batch, "later");
        await rig.WaitForDepthAsync(1);
        await using BrowserPage browser = await chromium.OpenAsync();
        await browser.GoToDashboardAsync(rig.Gateway);
        await Expect(browser[".block[data-id]"]).ToHaveCountAsync(2);

        string tree = await browser["body"].AriaSnapshotAsync();

        Assert.DoesNotMatch(NamelessControl(), tree);
        Assert.All(
            ["heading \"Gateway", "heading \"Lanes and slots\" [level=2]", "heading \"Instances\" [level=2]", "button \"Pause tier 1\"", "group \"Tier 3: 1 request waits\"",
             "button \"Request 2, tier 3, waiting\"", "button \"Request 1, tier 1, running on default\"", "button \"Disable default\"", "meter \"Utilisation of default\"",
             "columnheader \"Status\"", "list \"Events, newest first\""],
            expected => Assert.Contains(expected, tree, StringComparison.Ordinal));
        Assert.Equal("en", await browser["html"].GetAttributeAsync("lang"));
        Assert.Equal(1, await browser[".flow button.block[tabindex='0']"].CountAsync());
        rig.Held.ReleaseAll();
        await Task.WhenAll([.. running, waiting]).Soon();
        browser.AssertContent();
    }

    [GeneratedRegex("""- (button|link|group|meter|region|list)( \[[^\]]*\])*:?\s*$""", RegexOptions.Multiline)]
    private static partial Regex NamelessControl();
}
