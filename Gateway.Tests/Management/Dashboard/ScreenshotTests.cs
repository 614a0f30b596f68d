using Gateway.Configuration;
using Gateway.Tests.Support;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Gateway.Tests.Management.Dashboard;

/// <summary>
/// The dashboard under a mixed load, on a desk and on a phone, in the light and in the dark: nothing overflows, and every word can be read.
/// With <c>GATEWAY_SCREENSHOTS</c> set to a folder, the pictures are left there (<c>make screenshots</c>).
/// </summary>
[Collection(Alone.Name)]
public class ScreenshotTests(Chromium chromium) : IClassFixture<Chromium>
{
    /// <summary>Less than this is hard to read for many: WCAG 2.2, 1.4.3.</summary>
    private const double LeastContrast = 4.5;

    private const int PhoneWidth = 390;

    private const string Overflow = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth";

    /// <summary>Lets a page be held still for its picture, which takes longer than a frame.</summary>
    private const string Freezable = """
        window.EventSource = class extends EventSource {
          set onmessage(hear) { super.onmessage = message => { if (!window.isFrozen) hear(message); }; }
        };
        """;

    /// <summary>No block is on its way, and the last one that was sent back is still told of: the moment for a picture.</summary>
    private const string Freeze = """
        () => {
          const moving = document.getAnimations();
          const note = moving.find(one => one.animationName === "note");
          if (!document.querySelector("#arcs path") || !(note?.currentTime < 1800) || moving.some(one => one.effect.target?.matches(".block"))) return false;
          window.isFrozen = true;
          moving.forEach(one => one.pause());
          return true;
        }
        """;

    /// <summary>Every visible text's colour against what is painted behind it; returns the worst ones, as texts.</summary>
    private const string Contrast = """
        least => {
          const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
          const rgba = colour => { paint.clearRect(0, 0, 1, 1); paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1); return [...paint.getImageData(0, 0, 1, 1).data].map((v, i) => i < 3 ? v : v / 255); };
          const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
          const light = c => { const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
          const wrong = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const element = walker.currentNode.parentElement;
            if (!walker.currentNode.data.trim() || !element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) || element.closest(".unseen, .skip, script, button:disabled, [data-state=revoking], [data-state=closing], .note")) continue;
            const behind = [];
            for (let at = element; at; at = at.parentElement) {
              const style = getComputedStyle(at);
              behind.push(rgba(style.backgroundColor));
              if (style.backgroundImage.startsWith("linear")) behind.push(rgba(getComputedStyle(document.documentElement).getPropertyValue("--sunk")));
            }
            const back = behind.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
            const [a, b] = [light(over(rgba(getComputedStyle(element).color), back)), light(back)];
            const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
            if (ratio < least) wrong.push(`${ratio.toFixed(2)} ${element.className || element.tagName}: ${walker.currentNode.data.trim().slice(0, 30)}`);
          }
          return [...new Set(wrong)];
        }
        """;

    [Fact]
    public async Task Page_EveryWidthAndScheme_FitsAndCanBeRead()
    {
        string? folder = Environment.GetEnvironmentVariable("GATEWAY_SCREENSHOTS");
        await using Rig rig = await Rig.StartAsync(configure: Busy);
        BrowserPage[] pages =
        [
            await chromium.OpenAsync(1280, 900), await chromium.OpenAsync(1280, 900, isDark: true),
            await chromium.OpenAsync(PhoneWidth, 844), await chromium.OpenAsync(PhoneWidth, 844, isDark: true),
        ];
        string[] names = ["dashboard", "dashboard-dark", "dashboard-phone", "dashboard-phone-dark"];
        foreach (BrowserPage page in pages)
        {
            await page.Page.AddInitScriptAsync(Freezable);
            await page.GoToDashboardAsync(rig.Gateway);
        }

        using var end = new CancellationTokenSource();
        Task load = MixedLoad.RunAsync(rig, end.Token);
        for (int requests = 25; requests <= (folder is null ? 25 : 300); requests += 25)
        {
            await rig.Gateway.Records.WaitForAsync(requests);
        }

        foreach ((BrowserPage page, string name) in pages.Zip(names))
        {
            await Expect(page["#story li[data-kind='preempted']"].First).ToBeVisibleAsync();
            await Expect(page["#errors td.status"].First).ToBeVisibleAsync();
            Assert.Equal(0, await page.Page.EvaluateAsync<int>(Overflow));
            Assert.Empty(await page.Page.EvaluateAsync<string[]>(Contrast, LeastContrast));

            // Taken while an interrupted request is on its way back.
            await page["#arcs path"].First.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Attached });
            if (folder is not null)
            {
                await page.Page.WaitForFunctionAsync(Freeze);
            }

            bool isPhone = page.Page.ViewportSize!.Width == PhoneWidth;
            await page.Page.ScreenshotAsync(new PageScreenshotOptions
            {
                FullPage = true,
                Clip = isPhone ? new Clip { Width = PhoneWidth, Height = 1480 } : null,
                Path = folder is null ? null : Path.Combine(folder, $"{name}.png"),
            });
            page.AssertContent();
        }

        await end.CancelAsync();
        await load.Soon();
        foreach (BrowserPage page in pages)
        {
            await page.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SignIn_BothSchemes_CanBeRead(bool isDark)
    {
        await using Rig rig = await Rig.StartAsync(configure: static options => options with { AdminToken = AdminRig.Token });
        await using BrowserPage browser = await chromium.OpenAsync(PhoneWidth, 700, isDark);

        await browser.Page.GotoAsync(new Uri(rig.Gateway.Address(Rig.Urgent), "/dashboard").ToString());

        Assert.Empty(await browser.Page.EvaluateAsync<string[]>(Contrast, LeastContrast));
        Assert.Equal(0, await browser.Page.EvaluateAsync<int>(Overflow));

        // Both would notice.
        Assert.NotEmpty(await browser.Page.EvaluateAsync<string[]>(Contrast, 20.9));
        await browser.Page.SetViewportSizeAsync(100, 700);
        Assert.NotEqual(0, await browser.Page.EvaluateAsync<int>(Overflow));
    }

    private static GatewayOptions Busy(GatewayOptions options)
    {
        InstanceOptions one = options.Instances[0];
        return options with
        {
            Endpoints =
            [
                options.Endpoints[0] with { Name = "people" }, options.Endpoints[1] with { Name = "agents" }, options.Endpoints[2] with { Name = "batch" },
            ],
            Instances =
            [
                one with { Name = "azure-west", MaxConcurrency = 6, MaxTpm = 120_000 }, one with { Name = "gpu-1", MaxConcurrency = 4 },
                one with { Name = "gpu-2", MaxConcurrency = 2, Priority = 2 },
            ],
            Cache = new CacheOptions(),
            RateLimit = new RateLimitOptions { RequestsPerMinute = 6000, TokensPerMinute = 2_000_000 },
        };
    }
}
