using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway.Errors;
using Gateway.Requests;
using Xunit;

namespace Gateway.Tests.Errors;

public partial class ErrorCatalogTests
{
    private static readonly Outcome[] NoErrors = [Outcome.Pending, Outcome.Relayed, Outcome.Answered, Outcome.CallerGone];

    public static TheoryData<int> Outcomes => [.. Enum.GetValues<Outcome>().Select(static outcome => (int)outcome)];

    [Theory]
    [MemberData(nameof(Outcomes))]
    public void Of_EveryOutcome_HasAnAnswerOrNeedsNone(int member)
    {
        var outcome = (Outcome)member;
        ApiError? error = ErrorCatalog.Of(outcome);

        Assert.Equal(NoErrors.Contains(outcome), error is null);
        if (error is not null)
        {
            Assert.InRange(error.Status, 400, 599);
            Assert.Contains(error.Type, new[] { "invalid_request_error", "rate_limit_error", "server_error", "upstream_error" });
            Assert.Equal(error.Status < 500 || error.Status == 501, error.Type is "invalid_request_error" or "rate_limit_error");
            Assert.Matches("^[a-z_]+$", error.Code);
            Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
            Assert.DoesNotMatch(Address(), error.Message);
        }
    }

    [Fact]
    public void Of_Codes_TellOutcomesApart()
    {
        string[] codes = [.. Enum.GetValues<Outcome>().Select(static outcome => ErrorCatalog.Of(outcome)?.Code).OfType<string>()];

        // The one code that clients of OpenAI know for every limit.
        string[] others = [.. codes.Where(static code => code != "rate_limit_exceeded")];
        Assert.Equal(others.Length, others.Distinct().Count());
        Assert.All(
            Enum.GetValues<Outcome>().Where(static outcome => ErrorCatalog.Of(outcome)?.Code == "rate_limit_exceeded"),
            static outcome => Assert.Equal(429, ErrorCatalog.Of(outcome)!.Status));
    }

    [Fact]
    public void Of_UnknownOutcome_IsABug() => Assert.Throws<ArgumentOutOfRangeException>(() => ErrorCatalog.Of((Outcome)9999));

    [Theory]
    [MemberData(nameof(Outcomes))]
    public void Write_EveryError_HasAllFourKeys(int member)
    {
        if (ErrorCatalog.Of((Outcome)member) is not { } error)
        {
            return;
        }

        using JsonDocument body = JsonDocument.Parse(ErrorBody.Write(error, new RequestError((Outcome)member)));

        Assert.Equal(["message", "type", "param", "code"], body.RootElement.GetProperty("error").EnumerateObject().Select(static key => key.Name));
        Assert.Equal(error.Status == 429, body.RootElement.TryGetProperty("code", out JsonElement limit));
        Assert.Equal(error.Status == 429 ? "RATE_LIMIT_EXCEEDED" : null, error.Status == 429 ? limit.GetString() : null);
    }

    [Fact]
    public void Write_DetailAndParam_AreInTheBody()
    {
        var cause = new RequestError(Outcome.BodyMalformed, "Line \"1\"\r\n\u0007 <b>é", "model");
        using JsonDocument body = JsonDocument.Parse(ErrorBody.Write(ErrorCatalog.Of(Outcome.BodyMalformed)!, cause));
        JsonElement error = body.RootElement.GetProperty("error");

        Assert.Equal("model", error.GetProperty("param").GetString());
        Assert.EndsWith(cause.Detail!, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Outcomes))]
    public void MayEndStream_OnlyEndsOfOurOwn(int member) => Assert.Equal(
        (Outcome)member is Outcome.UpstreamIdleTimeout or Outcome.UpstreamTotalTimeout or Outcome.Draining,
        ErrorCatalog.MayEndStream((Outcome)member));

    [GeneratedRegex(@"https?://|\d+\.\d+\.\d+\.\d+|localhost|:\d{2,5}\b|\bat \w+\.\w+")]
    private static partial Regex Address();
}
