using System.Text;
using Gateway.Configuration;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Upstreams;

[Trait("req", "M4")]
public class RefusalPolicyTests
{
    private const string OpenAIRateLimit =
        """{"error":{"message":"Rate limit reached for gpt-4. Add a payment method at https://platform.openai.com/account/billing.","type":"requests","param":null,"code":"rate_limit_exceeded"}}""";

    [Theory]
    [InlineData(429, 7, false, OpenAIRateLimit, "Window")]
    [InlineData(429, 0, true, OpenAIRateLimit, "Window")]
    [InlineData(429, 0, false, OpenAIRateLimit, "Capacity")]
    [InlineData(429, 7, false, "", "Window")]
    [InlineData(429, 7, false, "<html>slow down</html>", "Window")]
    [InlineData(429, 7, false, """{"error":{"message":"The engine is currently overloaded, please try again later"}}""", "Capacity")]
    [InlineData(429, 7, false, """{"error":"The model is at capacity"}""", "Capacity")]
    [InlineData(429, 0, false, """{"message":"We are experiencing high demand","code":429}""", "Capacity")]
    [InlineData(503, 7, false, "", "Capacity")]
    [InlineData(503, 7, true, "", "Capacity")]
    [InlineData(529, 0, false, """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""", "Capacity")]
    [InlineData(429, 7, true, """{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}""", "Quota")]
    [InlineData(429, 0, false, """{"error":{"message":"x","type":"billing","code":"billing_hard_limit_reached"}}""", "Quota")]
    [InlineData(429, 0, false, """{"code":"insufficient_quota"}""", "Quota")]
    [InlineData(429, 0, false, """{"error":{"message":"insufficient_quota is a word in my prompt","code":"rate_limit_exceeded"}}""", "Capacity")]
    public void KindOf_Answer_IsToldBySignsAndWords(int status, int retrySeconds, bool isWindowEmpty, string body, string expected)
    {
        var signs = new LimitSigns(retrySeconds > 0 ? TimeSpan.FromSeconds(retrySeconds) : null, isWindowEmpty);

        Assert.Equal(expected, RefusalPolicy.KindOf(status, signs, Facts(body)).ToString());
    }

    [Theory]
    [Trait("req", "V2")]
    [InlineData("Venice", 429, """{"error":"Too many failed attempts (> 20) resulting in a non-success status code. Please wait 30s"}""", true)]
    [InlineData("Venice", 429, """{"error":{"message":"too many failed attempts"}}""", true)]
    [InlineData("Venice", 503, """{"error":"Too many failed attempts"}""", false)]
    [InlineData("Venice", 429, """{"error":"Rate limit exceeded"}""", false)]
    [InlineData("OpenAi", 429, """{"error":"Too many failed attempts"}""", false)]
    public void IsVeniceBlock_ItsWords_OnlyThere(string provider, int status, string body, bool expected) =>
        Assert.Equal(expected, RefusalPolicy.IsVeniceBlock(Enum.Parse<ProviderType>(provider), status, Facts(body)));

    [Theory]
    [InlineData("""{"error":{"type":"t","code":"c","message":"m","param":null,"innererror":{"code":"other"}}}""", "t", "c", "m")]
    [InlineData("""{"error":"m"}""", null, null, "m")]
    [InlineData("""{"type":"t","code":17,"message":"m"}""", "t", null, "m")]
    [InlineData("""{"error":{"code":"c","message":"cut o""", null, "c", null)]
    [InlineData("[1]", null, null, null)]
    [InlineData("", null, null, null)]
    public void Facts_AnyEnvelope_AreRead(string body, string? type, string? code, string? message) =>
        Assert.Equal(new ErrorFacts(type, code, message), Facts(body));

    private static ErrorFacts Facts(string body) => ErrorFacts.Read(Encoding.UTF8.GetBytes(body));
}
