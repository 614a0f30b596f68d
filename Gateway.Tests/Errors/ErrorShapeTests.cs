using System.Net;
using System.Text;
using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Errors;

/// <summary>What a caller sees of a refusal, and that the upstream sees nothing.</summary>
public class ErrorShapeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/", 404, "unknown_url")]
    [InlineData("GET", "/v2/models", 404, "unknown_url")]
    [InlineData("GET", "/v1%2Fmodels", 404, "unknown_url")]
    [InlineData("POST", "/health", 405, "method_not_allowed")]
    [InlineData("DELETE", "/health/ready", 405, "method_not_allowed")]
    [InlineData("GET", "/v1/../admin", 400, "invalid_path")]
    [InlineData("GET", "/v1/%252e%252e/admin", 400, "invalid_path")]
    [InlineData("GET", "http://evil/v1/../admin", 400, "invalid_path")]
    [InlineData("GET", "http://evil/v2/models", 404, "unknown_url")]
    [InlineData("OPTIONS", "*", 400, "invalid_path")]
    public async Task Request_ToNowhere_IsTold(string method, string target, int status, string code)
    {
        await using StageFixture fixture = await StageFixture.StartAsync();
        using RawConnection client = await fixture.OpenAsync();

        // An absolute target must come with its own host, or the server refuses it before we see it.
        string host = target.StartsWith("http", StringComparison.Ordinal) ? new Uri(target).Host : "g";
        await client.SendAsync($"{method} {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n", Cancel);
        string answer = await client.ReadUntilAsync("}}", Cancel).WaitAsync(StageFixture.Guard, Cancel);

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains($"\"code\":\"{code}\"", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nx-request-id: ", answer, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(status == 405, answer.Contains("\r\nAllow: GET, HEAD\r\n", StringComparison.Ordinal));
        Assert.Equal(0, fixture.Upstream.Stats.Started);
        await fixture.AssertIdleAsync(records: 1);
    }

    [Theory]
    [InlineData("""{"model":"m","n":"x"}""", 400, "invalid_body", "n")]
    [InlineData("""{"model":"m","model":"n"}""", 400, "invalid_body", "model")]
    [InlineData("""{"model":"m",""", 400, "invalid_body", null)]
    [InlineData("""{"model":"unknown"}""", 404, "model_not_found", "model")]
    [Trait("row", "H6")]
    public async Task Body_Unfit_IsTold(string body, int status, string code, string? param)
    {
        await using StageFixture fixture = await StageFixture.StartAsync(static options => options with
        {
            Instances = [options.Instances[0] with { SupportedModels = ["m"] }],
        });

        using HttpResponseMessage answer = await fixture.SendAsync(HttpMethod.Post, StageFixture.Chat, body);

        Assert.Equal(status, (int)answer.StatusCode);
        (_, string? actualParam, string? actualCode) = await StageFixture.ErrorAsync(answer);
        Assert.Equal((param, code), (actualParam, actualCode));
        Assert.Equal(0, fixture.Upstream.Stats.Started);
        await fixture.AssertIdleAsync(records: 1);
    }

    [Fact]
    [Trait("row", "A4")]
    public async Task Trace_WouldShowOurKey_IsNotForwarded()
    {
        await using StageFixture fixture = await StageFixture.StartAsync();

        using HttpResponseMessage answer = await fixture.SendAsync(HttpMethod.Trace, "/v1/models");

        Assert.Equal((405, "method_not_allowed"), ((int)answer.StatusCode, (await StageFixture.ErrorAsync(answer)).Code));
        Assert.Contains("POST", answer.Content.Headers.Allow);
        Assert.Equal(0, fixture.Upstream.Stats.Started);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("identity, gzip")]
    [InlineData("identity\r\nContent-Encoding: gzip")]
    [Trait("row", "H5")]
    public async Task JsonBody_Compressed_IsRefusedUnread(string encoding)
    {
        await using Rig rig = await Rig.StartAsync();

        string answer = await PostEncodedAsync(rig, encoding);

        Assert.StartsWith("HTTP/1.1 415 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"unsupported_encoding\"", answer, StringComparison.Ordinal);
        Assert.Equal(0, rig.Upstream.Stats.Started);
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("Identity,")]
    [Trait("row", "H5")]
    public async Task JsonBody_AsItIs_IsTaken(string encoding)
    {
        await using Rig rig = await Rig.StartAsync();

        Assert.StartsWith("HTTP/1.1 200 ", await PostEncodedAsync(rig, encoding), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_InABodyOfAnotherType_IsRoutedAllTheSame()
    {
        await using StageFixture fixture = await StageFixture.StartAsync(static options => options with
        {
            Instances = [options.Instances[0] with { SupportedModels = ["m"] }],
        });

        using HttpResponseMessage answer = await fixture.SendAsync(
            HttpMethod.Post, StageFixture.Chat, """ {"model":"unknown"}""", ("Content-Type", "text/plain"));

        Assert.Equal((404, "model_not_found"), ((int)answer.StatusCode, (await StageFixture.ErrorAsync(answer)).Code));
    }

    [Fact]
    public async Task Model_OfADisabledInstance_IsUnavailableNotUnknown()
    {
        await using StageFixture fixture = await StageFixture.StartAsync(static options => options with
        {
            Instances = [options.Instances[0] with { SupportedModels = ["m"], Enabled = false }],
        });

        using HttpResponseMessage answer = await fixture.SendAsync(HttpMethod.Post, StageFixture.Chat, """{"model":"m"}""");

        Assert.Equal((503, "no_upstream"), ((int)answer.StatusCode, (await StageFixture.ErrorAsync(answer)).Code));
        await fixture.AssertIdleAsync(records: 1);
    }

    [Theory]
    [InlineData("application/json", "Content-Length: 1025\r\nExpect: 100-continue\r\n", "")]
    [InlineData("application/json", "Content-Length: 30000000\r\n", "")]
    [InlineData("application/json", "Transfer-Encoding: chunked\r\n", "401\r\n")]
    [InlineData("multipart/form-data; boundary=x", "Content-Length: 4097\r\nExpect: 100-continue\r\n", "")]
    [Trait("row", "H5")]
    public async Task Body_TooLarge_IsToldEarly(string type, string framing, string chunk)
    {
        await using StageFixture fixture = await StageFixture.StartAsync(static options => options with
        {
            Limits = new LimitOptions { MaxBodyBytes = 1024, MaxUploadBytes = 4096 },
        });
        using RawConnection client = await fixture.OpenAsync();

        string body = chunk.Length == 0 ? "" : chunk + new string('x', 1025) + "\r\n";
        await client.SendAsync($"POST {StageFixture.Chat} HTTP/1.1\r\nHost: g\r\nContent-Type: {type}\r\n{framing}\r\n{body}", Cancel);
        string answer = await client.ReadUntilAsync("}}", Cancel).WaitAsync(StageFixture.Guard, Cancel);

        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"request_too_large\"", answer, StringComparison.Ordinal);
        Assert.Equal(0, fixture.Upstream.Stats.Started);
        await fixture.AssertIdleAsync(records: 1);
    }

    [Fact]
    [Trait("row", "H5")]
    public async Task Body_BudgetSpentByOthers_IsToldToComeAgain()
    {
        await using StageFixture fixture = await StageFixture.StartAsync(static options => options with { Limits = new LimitOptions { BufferedBytes = SegmentPool.Largest + SegmentPool.Smallest - 1 } });
        byte[] others = fixture.Bodies.TryRent(SegmentPool.Largest, long.MaxValue)!;

        using (HttpResponseMessage answer = await fixture.PostChatAsync())
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Equal("overloaded", (await StageFixture.ErrorAsync(answer)).Code);
            Assert.Equal(("1", "1000"), (answer.Headers.GetValues("Retry-After").Single(), answer.Headers.GetValues("retry-after-ms").Single()));
        }

        fixture.Bodies.Return(others);
        using HttpResponseMessage next = await fixture.PostChatAsync();
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        await next.Content.ReadAsByteArrayAsync(Cancel);
        await fixture.AssertIdleAsync(records: 2);
    }

    [Fact]
    [Trait("row", "U9")]
    public async Task Body_EndsEarly_LeavesNothingBehind()
    {
        await using StageFixture fixture = await StageFixture.StartAsync();
        using RawConnection client = await fixture.OpenAsync();

        await client.SendAsync($"POST {StageFixture.Chat} HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{", Cancel);
        client.CloseSending();
        await fixture.AssertIdleAsync(records: 1);

        Assert.Equal(0, fixture.Upstream.Stats.Started);
    }

    [Fact]
    [Trait("req", "M5")]
    [Trait("row", "M5")]
    public async Task Health_AnyState_NeedsNoKey()
    {
        await using StageFixture fixture = await StageFixture.StartAsync(static options => options with { ClientApiKeys = ["k"] });
        await fixture.Upstream.DisposeAsync();

        using HttpResponseMessage live = await fixture.SendAsync(HttpMethod.Get, "/health");
        using HttpResponseMessage head = await fixture.SendAsync(HttpMethod.Head, "/health/ready");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (live.StatusCode, head.StatusCode));
        string body = await live.Content.ReadAsStringAsync(Cancel);
        Assert.Matches("""^\{"status":"healthy","redis_connected":false,"service":"openai-proxy","timestamp":"\d+","target":"[^"]+"\}$""", body);
        Assert.Equal(Encoding.UTF8.GetByteCount(body), live.Content.Headers.ContentLength);
    }

    private static async Task<string> PostEncodedAsync(Rig rig, string encoding)
    {
        using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Normal), Rig.Cancel);
        string body = Rig.ChatBody(Rig.Normal);
        await client.SendAsync(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Type: text/plain\r\nContent-Encoding: {encoding}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}",
            Rig.Cancel);
        return await client.ReadToEndAsync(Rig.Cancel).Soon();
    }
}
