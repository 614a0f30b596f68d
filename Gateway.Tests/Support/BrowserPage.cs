using System.Collections.Concurrent;
using Microsoft.Playwright;
using Xunit;

namespace Gateway.Tests.Support;

/// <summary>One page, which remembers what its browser complained of.</summary>
internal sealed class BrowserPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = [];

    public BrowserPage(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) => Hear(message.Type is "error" or "warning" ? message.Text : null);
        page.PageError += (_, error) => Hear(error);
        page.SetDefaultTimeout((float)SimulatorFixture.Guard.TotalMilliseconds);
    }

    public IPage Page { get; }

    public ILocator this[string selector] => Page.Locator(selector);

    /// <summary>The dashboard, once it draws.</summary>
    public async Task GoToDashboardAsync(GatewayHost gateway)
    {
        await Page.GotoAsync(new Uri(gateway.Address(Rig.Urgent), "/dashboard").ToString());
        await Assertions.Expect(this["#link"]).ToHaveAttributeAsync("data-state", "live");
    }

    /// <summary>No script failed, no file was missing, no rule of the page's own policy was broken.</summary>
    public void AssertContent() => Assert.Empty(_complaints);

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private void Hear(string? complaint)
    {
        if (complaint is not null)
        {
            _complaints.Enqueue(complaint);
        }
    }
}
