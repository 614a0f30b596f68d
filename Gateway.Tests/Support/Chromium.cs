using Microsoft.Playwright;
using Xunit;

namespace Gateway.Tests.Support;

/// <summary>The system's Chromium, for the tests of one class.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string Program = "chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (PathOf(Program) is { } path)
        {
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = path,

                // Root in a container has no sandbox, and little shared memory; every page it sees is ours.
                Args = ["--no-sandbox", "--disable-dev-shm-usage"],
            });
        }
    }

    /// <summary>A window of its own, with no cookies.</summary>
    internal async Task<BrowserPage> OpenAsync(int width = 1280, int height = 860, bool isDark = false, bool wantsLessMotion = false)
    {
        RealServer.Require(Program);
        IBrowserContext context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = wantsLessMotion ? ReducedMotion.Reduce : ReducedMotion.NoPreference,
            DeviceScaleFactor = 1.5f,
            TimezoneId = "UTC",
        });
        return new BrowserPage(context, await context.NewPageAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    private static string? PathOf(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
