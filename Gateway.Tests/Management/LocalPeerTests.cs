using System.Net;
using Gateway.Configuration;
using Gateway.Management.Protection;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Management;

[Trait("row", "A5")]
public class LocalPeerTests
{
    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.1.2.3", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("::ffff:127.5.0.1", true)]
    [InlineData("10.0.0.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData(null, false)]
    public void Objection_Peer_MustBeLoopback(string? address, bool isLocal)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = address is null ? null : IPAddress.Parse(address);
        context.Request.Host = new HostString("localhost");
        context.Request.Method = "GET";

        Assert.Equal(isLocal, LocalPeer.Objection(context) is null);
    }

    [Fact]
    [Trait("row", "A2")]
    public void FixedTimeEquals_OneBitOfTheKeyChanged_IsAnotherDigest()
    {
        const string Key = "a-token-that-shares-all-but-one-bit";
        KeyDigest digest = KeyDigest.Of(Key);

        Assert.True(digest.FixedTimeEquals(KeyDigest.Of(Key)));
        for (int i = 0; i < Key.Length * 7; i++)
        {
            char[] flipped = Key.ToCharArray();
            flipped[i / 7] ^= (char)(1 << (i % 7));
            Assert.False(digest.FixedTimeEquals(KeyDigest.Of(new string(flipped))));
        }

        // Every half of the digest counts.
        Assert.False(digest.FixedTimeEquals(digest with { High = digest.High ^ 1 }));
        Assert.False(digest.FixedTimeEquals(digest with { Low = digest.Low ^ 1 }));
        Assert.DoesNotContain(digest.High.ToString(System.Globalization.CultureInfo.InvariantCulture), digest.ToString(), StringComparison.Ordinal);
    }
}
