using Gateway.Forwarding;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Gateway.Tests.Forwarding;

[Trait("row", "H3")]
public class HeaderRulesTests
{
    [Theory]
    [InlineData("Connection")]
    [InlineData("keep-alive")]
    [InlineData("Proxy-Connection")]
    [InlineData("Proxy-Authorization")]
    [InlineData("TE")]
    [InlineData("Trailer")]
    [InlineData("transfer-encoding")]
    [InlineData("Upgrade")]
    [InlineData("HTTP2-Settings")]
    [InlineData("Host")]
    [InlineData("Content-Length")]
    [InlineData("X-Content-Length")]
    [InlineData("Expect")]
    [InlineData(":path")]
    public void PassesUp_HopHeader_Never(string name)
    {
        Assert.False(HeaderRules.PassesUp(name, default, isReplaced: false));
        Assert.False(HeaderRules.PassesUp(name, default, isReplaced: true));
    }

    [Theory]
    [InlineData("Authorization")]
    [InlineData("authorization")]
    [InlineData("api-key")]
    [InlineData("X-Api-Key")]
    [InlineData("OpenAI-Organization")]
    [InlineData("openai-project")]
    [InlineData("Cookie")]
    [InlineData("Forwarded")]
    [InlineData("X-Real-IP")]
    [InlineData("X-Forwarded-For")]
    [InlineData("x-forwarded-anything")]
    public void PassesUp_IdentityHeader_OnlyWithItsCredential(string name)
    {
        Assert.True(HeaderRules.PassesUp(name, default, isReplaced: false));
        Assert.False(HeaderRules.PassesUp(name, default, isReplaced: true));
    }

    [Theory]
    [InlineData("OpenAI-Beta")]
    [InlineData("Idempotency-Key")]
    [InlineData("X-Client-Request-Id")]
    [InlineData("User-Agent")]
    [InlineData("X-Stainless-Timeout")]
    [InlineData("traceparent")]
    [InlineData("Accept-Encoding")]
    [InlineData("Content-Type")]
    [InlineData("X-Unheard-Of")]
    public void PassesUp_OtherHeader_Always(string name) => Assert.True(HeaderRules.PassesUp(name, "close", isReplaced: true));

    [Theory]
    [InlineData("x-secret", "x-secret", false)]
    [InlineData("close, X-Secret ,foo", "x-secret", false)]
    [InlineData("close,,  ,x-secret", "X-Secret", false)]
    [InlineData("x-secret2, xx-secret, \"x-secret\"", "x-secret", true)]
    [InlineData("", "x-secret", true)]
    public void Passes_NamedByConnection_NeitherWay(string connection, string name, bool passes)
    {
        Assert.Equal(passes, HeaderRules.PassesUp(name, connection, isReplaced: false));
        Assert.Equal(passes, HeaderRules.PassesDown(name, connection, isReplaced: false));
    }

    [Fact]
    public void PassesUp_SeveralConnectionHeaders_AllCount() =>
        Assert.False(HeaderRules.PassesUp("b", new StringValues(["a", "b"]), isReplaced: false));

    [Theory]
    [InlineData("Transfer-Encoding", false)]
    [InlineData("Connection", false)]
    [InlineData("Trailer", false)]
    [InlineData("Alt-Svc", false)]
    [InlineData("strict-transport-security", false)]
    [InlineData("Content-Length", true)]
    [InlineData("x-request-id", true)]
    [InlineData("retry-after", true)]
    [InlineData("www-authenticate", true)]
    [InlineData("Server", true)]
    public void PassesDown_Header_ByItsMeaning(string name, bool passes) => Assert.Equal(passes, HeaderRules.PassesDown(name, null, isReplaced: true));

    [Fact]
    public void PassesDown_SetCookie_OnlyToTheCredentialsOwner()
    {
        Assert.True(HeaderRules.PassesDown("Set-Cookie", null, isReplaced: false));
        Assert.False(HeaderRules.PassesDown("set-cookie", null, isReplaced: true));
    }
}
