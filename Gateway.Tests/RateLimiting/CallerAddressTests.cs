using System.Net;
using Gateway.Configuration;
using Gateway.RateLimiting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.RateLimiting;

/// <summary>Which address counts, whatever a caller writes into its headers.</summary>
[Trait("req", "C2")]
public class CallerAddressTests
{
    private static readonly RateLimitOptions Proxied = new() { KnownProxies = ["10.0.0.0/8", "2001:db8:aaaa::/48", "192.0.2.250"] };

    [Fact]
    [Trait("row", "R3")]
    public void Principal_ThousandForgedHeaders_IsOne()
    {
        var address = new CallerAddress(new RateLimitOptions());
        Assert.Single(Enumerable.Range(0, 1000).Select(i => Of(address, "198.51.100.7", $"203.0.113.{i % 256}, 10.0.{i / 256}.1")).Distinct());
        var proxied = new CallerAddress(Proxied);
        Assert.Single(Enumerable.Range(0, 1000).Select(i => Of(proxied, "198.51.100.7", $"203.0.113.{i % 256}, 10.0.{i / 256}.1")).Distinct());
        Assert.Single(Enumerable.Range(0, 1000).Select(i => Of(proxied, "10.1.1.1", $"203.0.113.{i % 256}, 198.51.100.7, 10.0.{i / 256}.1")).Distinct());

        // What the checks above are there to find: behind a proxy of ours, what it saw does count.
        Assert.Equal(256, Enumerable.Range(0, 256).Select(i => Of(proxied, "10.1.1.1", $"203.0.113.{i}")).Distinct().Count());
    }

    [Fact]
    [Trait("row", "R3")]
    public void Principal_WalkThroughAnIpv6Network_IsOne()
    {
        var address = new CallerAddress(new RateLimitOptions());
        var random = new Random(3);
        Assert.Single(Enumerable.Range(0, 1000).Select(_ => Of(
            address, $"2001:db8:1:2:{random.Next(65536):x}:{random.Next(65536):x}:{random.Next(65536):x}:{random.Next(65536):x}")).Distinct());
        Assert.NotEqual(Of(address, "2001:db8:1:2::1"), Of(address, "2001:db8:1:3::1"));
    }

    [Theory]
    [Trait("req", "C2")]
    [InlineData("198.51.100.7", "203.0.113.1", "198.51.100.7")]
    [InlineData("10.1.1.1", null, "10.1.1.1")]
    [InlineData("10.1.1.1", "", "10.1.1.1")]
    [InlineData("10.1.1.1", "garbage", "10.1.1.1")]
    [InlineData("10.1.1.1", "203.0.113.1, garbage, 10.2.2.2", "10.2.2.2")]
    [InlineData("10.1.1.1", "203.0.113.1", "203.0.113.1")]
    [InlineData("10.1.1.1", "9.9.9.9,  203.0.113.1 ,10.2.2.2", "203.0.113.1")]
    [InlineData("10.1.1.1", "203.0.113.1:4711", "203.0.113.1")]
    [InlineData("10.1.1.1", "[2001:db8:1:2::1]:443", "2001:db8:1:2::9")]
    [InlineData("10.1.1.1", "203.0.113.1, 192.0.2.250", "203.0.113.1")]
    [InlineData("10.1.1.1", "10.3.3.3, 10.2.2.2", "10.3.3.3")]
    [InlineData("::ffff:10.1.1.1", "203.0.113.1", "203.0.113.1")]
    [InlineData("::ffff:203.0.113.1", null, "203.0.113.1")]
    [InlineData("2001:db8:aaaa:1::5", "203.0.113.1", "203.0.113.1")]
    public void Principal_BehindProxies_IsTheLastAddressThatIsNoProxy(string peer, string? forwarded, string expected) =>
        Assert.Equal(Of(new CallerAddress(new RateLimitOptions()), expected), Of(new CallerAddress(Proxied), peer, forwarded));

    [Fact]
    [Trait("req", "C2")]
    public void Principal_SeveralHeaderLines_AreOneList()
    {
        DefaultHttpContext context = Context("10.1.1.1");
        context.Request.Headers.Append("X-Forwarded-For", "9.9.9.9");
        context.Request.Headers.Append("X-Forwarded-For", "203.0.113.1");
        Assert.Equal(Of(new CallerAddress(Proxied), "203.0.113.1"), new CallerAddress(Proxied).PrincipalOf(context));
    }

    [Fact]
    [Trait("row", "R3")]
    public void Principal_Ipv4AndTheIpv6NetworkThatBeginsSo_AreTwo()
    {
        var address = new CallerAddress(new RateLimitOptions());
        Assert.NotEqual(Of(address, "32.1.13.184"), Of(address, "2001:db8::1"));
    }

    private static UInt128 Of(CallerAddress address, string peer, string? forwarded = null)
    {
        DefaultHttpContext context = Context(peer);
        if (forwarded is not null)
        {
            context.Request.Headers["X-Forwarded-For"] = forwarded;
        }

        return address.PrincipalOf(context);
    }

    private static DefaultHttpContext Context(string peer) => new() { Connection = { RemoteIpAddress = IPAddress.Parse(peer) } };
}
