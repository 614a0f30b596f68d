using System.Net;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Upstreams;

public class OutboundProxyTests
{
    [Theory]
    [InlineData("http://user:pass@proxy:3128", "http://proxy:3128/", "user", "pass", "Basic dXNlcjpwYXNz")]
    [InlineData("https://us%40er:p%3A%2F%20%C3%BC:x@[::1]:1/", "https://[::1]:1/", "us@er", "p:/ ü:x", "Basic dXNAZXI6cDovIMO8Ong=")]
    [InlineData("http://user@proxy", "http://proxy/", "user", "", "Basic dXNlcjo=")]
    [InlineData("http://:pass@proxy", "http://proxy/", "", "pass", "Basic OnBhc3M=")]
    public void Of_UrlWithAUser_IsTakenApart(string url, string address, string user, string password, string shown)
    {
        OutboundProxy proxy = OutboundProxy.Of(url)!;

        Assert.Equal(address, proxy.Address.AbsoluteUri);
        Assert.Equal((user, password), (proxy.Credentials!.UserName, proxy.Credentials.Password));
        Assert.Equal(shown, proxy.Authorization!.ToString());
    }

    [Fact]
    public void Of_UrlWithoutAUser_HasNothingToShow()
    {
        OutboundProxy proxy = OutboundProxy.Of("http://proxy:3128")!;

        Assert.Null(proxy.Credentials);
        Assert.Null(proxy.Authorization);
        Assert.Null(OutboundProxy.Of(""));
    }

    /// <summary>How the library signs in with Entra ID.</summary>
    [Fact]
    public async Task Credentials_ProxyAsksForThem_AreWhatItWants()
    {
        await using RawUpstream upstream = RawUpstream.Start("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        await using ForwardProxy forward = ForwardProxy.Start();
        OutboundProxy proxy = OutboundProxy.Of(forward.Url())!;
        using var client = new HttpClient(new SocketsHttpHandler { Proxy = new WebProxy(proxy.Address, BypassOnLocal: false, [], proxy.Credentials) });

        Assert.Equal("ok", await client.GetStringAsync(upstream.BaseAddress, Rig.Cancel).Soon());
        Assert.Single(forward.Refused);
        Assert.Single(forward.Passed);
    }
}
