using System.Net;
using Gateway.Configuration;
using Gateway.RateLimiting;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using Gateway.Tokenization;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>Tokens per caller: taken before, settled after.</summary>
public class TokenLimitTests
{
    [Fact]
    [Trait("req", "M2")]
    public async Task Tokens_CanNeverFit_AreRefusedAtOnceSayingSo()
    {
        await using Rig rig = await StartAsync(100);
        using HttpResponseMessage answer = await AskAsync(rig, maxTokens: 5000);
        string body = await answer.Content.ReadAsStringAsync(Rig.Cancel);
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.Contains("never", body, StringComparison.Ordinal);
        Assert.Contains("100", body, StringComparison.Ordinal);
        Assert.Equal("false", string.Join(',', answer.Headers.GetValues("x-should-retry")));
        Assert.Equal(("100", "100", "0ms"), (
            answer.Header("x-ratelimit-limit-tokens"), answer.Header("x-ratelimit-remaining-tokens"), answer.Header("x-ratelimit-reset-tokens")));
        Assert.Empty(rig.Upstream.Requests);
        await rig.AssertQuietAsync(1, 4);
    }

    /// <summary>However large the number, and whatever it is multiplied with: it is never a small one, nor one below zero, that would fit.</summary>
    [Theory]
    [InlineData("6000.0", 1)]
    [InlineData("6e3", 1)]
    [InlineData("3000000000", 1)]
    [InlineData("9007199254740993", 1)]
    [InlineData("9223372036854775807", int.MaxValue)]
    [InlineData("1e999", int.MaxValue)]
    [Trait("req", "M2")]
    public async Task Tokens_MaximumInAnySpelling_IsReserved(string maximum, int choices)
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with
        {
            ClientKeys = [new ClientKeyOptions { Name = "limited", Key = "limited", TokensPerMinute = 5000 }, new ClientKeyOptions { Name = "free", Key = "free" }],
            Instances = [options.Instances[0] with { MaxTpm = 5000 }],
        });
        foreach ((string key, string told) in ((string, string)[])[("limited", "can never pass"), ("free", "max_tpm")])
        {
            using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
                Rig.Normal, HttpMethod.Post, "/v1/chat/completions",
                Rig.Json($$"""{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"max_tokens":{{maximum}},"n":{{choices}}}"""),
                $"Authorization: Bearer {key}")).Soon();

            Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
            Assert.Contains(told, await answer.Content.ReadAsStringAsync(Rig.Cancel), StringComparison.Ordinal);
        }

        Assert.Empty(rig.Upstream.Requests);
        await rig.AssertQuietAsync(2, 1);
    }

    [Fact]
    [Trait("row", "R2")]
    public async Task Tokens_LessUsedThanReserved_ComeBack()
    {
        await using Rig rig = await StartAsync(1000);
        for (int i = 0; i < 10; i++)
        {
            // Each reserves most of the limit and uses a little of it.
            using HttpResponseMessage answer = await AskAsync(rig, maxTokens: 700);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            await answer.Content.ReadAsStringAsync(Rig.Cancel);
        }

        long used = (await rig.Gateway.Records.WaitForAsync(10)).Sum(static record => (record.InputTokens ?? 0) + (record.OutputTokens ?? 0));
        Assert.InRange(used, 1, 1000);
        using HttpResponseMessage next = await AskAsync(rig, maxTokens: 1);
        long left = long.Parse(string.Join(',', next.Headers.GetValues("x-ratelimit-remaining-tokens")), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(left, 1000 - used - 100, 1000 - used);
    }

    [Fact]
    [Trait("row", "R2")]
    public async Task Tokens_UpstreamFails_AllComeBack()
    {
        await using Rig rig = await StartAsync(1000);
        for (int i = 0; i < 10; i++)
        {
            using HttpResponseMessage answer = await AskAsync(rig, 900, "x-sim-status: 500");
            Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
            await answer.Content.ReadAsStringAsync(Rig.Cancel);
        }
    }

    [Fact]
    [Trait("row", "R2")]
    public async Task Tokens_ManyAtOnce_AreNeverOverspent()
    {
        await using Rig rig = await StartAsync(1000);
        rig.Held.Expect("held");
        List<Task<HttpResponseMessage>> asked = [.. Enumerable.Range(0, 60).Select(_ => AskAsync(rig, 300, "x-sim-nonce: held"))];

        // Three reservations fit into the limit at a time, and nothing is settled before the last one was judged.
        List<Task<HttpResponseMessage>> open = asked;
        while (open.Count > 3)
        {
            Task<HttpResponseMessage> judged = await Task.WhenAny(open);
            Assert.Equal(HttpStatusCode.TooManyRequests, (await judged).StatusCode);
            open.Remove(judged);
        }

        rig.Held.ReleaseAll();
        Assert.All(await Task.WhenAll(open), static answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        await rig.AssertQuietAsync(60, 4);
    }

    [Fact]
    [Trait("req", "M2")]
    public async Task Tokens_Refused_GiveTheRequestBack()
    {
        await using Rig rig = await RequestLimitTests.StartAsync(new RateLimitOptions { RequestsPerMinute = 2, TokensPerMinute = 100 });
        for (int i = 0; i < 5; i++)
        {
            using HttpResponseMessage answer = await AskAsync(rig, maxTokens: 80, "x-sim-tokens: 80");
            Assert.Equal(i == 0 ? HttpStatusCode.OK : HttpStatusCode.TooManyRequests, answer.StatusCode);
            Assert.Equal("1", string.Join(',', answer.Headers.GetValues("x-ratelimit-remaining-requests")));
        }
    }

    /// <summary>To read, scan and count a long body is work, also when the answer is no; and an address may be many callers'.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("req", "M2")]
    [Trait("req", "C2")]
    public async Task Tokens_RefusedAfterMuchWork_OrForAnAddress_CountAsRequests(bool isLong)
    {
        await using Rig rig = await RequestLimitTests.StartAsync(isLong
            ? new RateLimitOptions { RequestsPerMinute = 3, TokensPerMinute = 100 }
            : new RateLimitOptions { RequestsPerMinute = null, RequestsPerMinutePerIp = 3, TokensPerMinute = 100 });
        string user = isLong ? new string('u', 100_000) : "u";
        for (int i = 0; i < 4; i++)
        {
            using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
                Rig.Normal, HttpMethod.Post, "/v1/chat/completions",
                Rig.Json($$"""{"model":"gpt-4o","user":"{{user}}","messages":[{"role":"user","content":"hi"}],"max_tokens":80}"""), "x-sim-tokens: 80")).Soon();
            Outcome expected = i == 0 ? Outcome.Relayed : i < 3 ? Outcome.TokenLimit : Outcome.RequestLimit;
            Assert.Equal(expected, (await rig.Gateway.Records.WaitForAsync(i + 1))[i].Outcome);
        }
    }

    /// <summary>What is given back is the caller's own request; where its address is what it has to live with, nothing is.</summary>
    [Fact]
    [Trait("req", "C2")]
    public async Task Tokens_RefusedWhereTheAddressIsTighter_TellsWhatTheAddressHasLeft()
    {
        await using Rig rig = await RequestLimitTests.StartAsync(new RateLimitOptions { RequestsPerMinute = 50, RequestsPerMinutePerIp = 10, TokensPerMinute = 100 });
        for (int i = 1; i <= 3; i++)
        {
            using HttpResponseMessage answer = await AskAsync(rig, maxTokens: 80, "x-sim-tokens: 80");
            Assert.Equal(i == 1 ? HttpStatusCode.OK : HttpStatusCode.TooManyRequests, answer.StatusCode);
            Assert.Equal(("10", $"{10 - i}"), (answer.Header("x-ratelimit-limit-requests"), answer.Header("x-ratelimit-remaining-requests")));
        }
    }

    /// <summary>Some servers ask for no name: what a chat costs does not depend on what its body is called, nor on how long it is.</summary>
    [Theory]
    [InlineData("text/plain", 0)]
    [InlineData("text/plain", 2_000_000)]
    [InlineData("application/octet-stream", 10_000)]
    [InlineData("multipart/form-data; boundary=b", 0)]
    [Trait("req", "M2")]
    public async Task Tokens_OfABodyUnderAnotherName_Count(string contentType, int blanks)
    {
        await using Rig rig = await RequestLimitTests.StartAsync(new RateLimitOptions { TokensPerMinute = 100 });
        for (int i = 0; i < 2; i++)
        {
            var body = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(
                new string(' ', blanks) + """{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"max_tokens":80}"""));
            body.Headers.TryAddWithoutValidation("Content-Type", contentType);
            using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Normal, HttpMethod.Post, "/v1/chat/completions", body, "x-sim-tokens: 80")).Soon();
            Assert.Equal(i == 0 ? Outcome.Relayed : Outcome.TokenLimit, (await rig.Gateway.Records.WaitForAsync(i + 1))[i].Outcome);
        }
    }

    [Fact]
    [Trait("req", "M2")]
    public async Task Tokens_CanNeverFit_CountAsRequests()
    {
        await using Rig rig = await RequestLimitTests.StartAsync(new RateLimitOptions { RequestsPerMinute = 2, TokensPerMinute = 100 });
        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage refused = await AskAsync(rig, maxTokens: 5000);
            Assert.Equal(i < 2 ? Outcome.TokenLimit : Outcome.RequestLimit, (await rig.Gateway.Records.WaitForAsync(i + 1))[i].Outcome);
        }
    }

    [Fact]
    [Trait("req", "M2")]
    public async Task Tokens_OthersLongAnswers_RefuseNobodyForGood()
    {
        await using Rig rig = await RequestLimitTests.StartAsync(new RateLimitOptions { TokensPerMinute = 500 });
        TokenEstimator tokens = rig.Gateway.Services.GetRequiredService<TokenEstimator>();
        for (int i = 0; i < 100; i++)
        {
            tokens.Learn("gpt-4o", 60_000);
        }

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Normal, HttpMethod.Post, "/v1/chat/completions", Rig.Json("""{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}"""))).Soon();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static Task<Rig> StartAsync(int tokens) =>
        RequestLimitTests.StartAsync(new RateLimitOptions { RequestsPerMinute = null, TokensPerMinute = tokens });

    [Fact]
    [Trait("req", "A5")]
    public async Task Window_OthersLongAnswers_RefuseNobodyForGood()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with { Instances = [options.Instances[0] with { MaxTpm = 1000 }] });
        TokenEstimator tokens = rig.Gateway.Services.GetRequiredService<TokenEstimator>();
        for (int i = 0; i < 100; i++)
        {
            tokens.Learn("gpt-4o", 60_000);
        }

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json("""{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}"""))).Soon();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static Task<HttpResponseMessage> AskAsync(Rig rig, int maxTokens, params string[] headers) => rig.SendAsync(rig.Request(
        Rig.Normal, HttpMethod.Post, "/v1/chat/completions",
        Rig.Json($$"""{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}],"max_tokens":{{maxTokens}}}"""), headers)).Soon();
}
