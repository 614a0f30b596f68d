using System.Text.Json;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Gateway.Tests.Recording;

/// <summary>Secrets go in by every door; nothing that the gateway writes may hold one.</summary>
[Trait("row", "A4")]
public class CanaryTests
{
    private const string Canary = "canary";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(LogLevel.Information, false)]
    [InlineData(LogLevel.Trace, false)]
    [InlineData(LogLevel.Trace, true)]
    public async Task Secrets_AtAnyLogLevel_AreNowhere(LogLevel level, bool debug)
    {
        StageFixture fixture = await StageFixture.StartAsync(options => options with
        {
            LogLevel = level,
            Debug = debug,
            ClientApiKeys = ["canary-client"],
            ApiKeyMapping = new Dictionary<string, string> { ["canary-mapped"] = "canary-theirs" },
            Instances = [options.Instances[0] with { ApiKey = "canary-ours" }],
        });
        var answers = new List<string>();
        await using (fixture)
        {
            await AskAsync(fixture, answers);
            await fixture.Upstream.DisposeAsync();
            await AnswerAsync(fixture.PostChatAsync(("Authorization", "Bearer canary-client")), answers);
        }

        Assert.All(answers, static answer => Assert.DoesNotContain(Canary, answer, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(Canary, JsonSerializer.Serialize(fixture.Gateway.Records.All), StringComparison.OrdinalIgnoreCase);
        string log = fixture.Gateway.Log();
        Assert.DoesNotContain(Canary, log, StringComparison.OrdinalIgnoreCase);

        // The control: there was a log, of every request, and with the framework's own lines when debugging.
        Assert.Equal(fixture.Gateway.Records.All.Count, log.Split('\n').Count(static line => line.Contains("RequestFinished", StringComparison.Ordinal)));
        Assert.Equal(debug, log.Contains("\"level\":\"debug\"", StringComparison.Ordinal));
    }

    private static async Task AskAsync(StageFixture fixture, List<string> answers)
    {
        (string, string)[] good = [("Authorization", "Bearer canary-client"), ("Cookie", "canary-cookie"), ("X-Secret", "canary-header")];
        await AnswerAsync(fixture.SendAsync(HttpMethod.Post, StageFixture.Chat, """{"model":"m","messages":[{"role":"user","content":"canary"}]}""", good), answers);
        await AnswerAsync(fixture.SendAsync(HttpMethod.Get, "/v1/models?api-key=canary-query", null, good), answers);
        await AnswerAsync(fixture.PostChatAsync(("Authorization", "Bearer canary-mapped")), answers);
        await AnswerAsync(fixture.PostChatAsync(("Authorization", "Bearer canary-wrong")), answers);
        await AnswerAsync(fixture.PostChatAsync(("api-key", "canary-wrong")), answers);
        await AnswerAsync(fixture.SendAsync(HttpMethod.Post, StageFixture.Chat, """{"model":"m","n":"canary"}""", good), answers);
        await AnswerAsync(fixture.SendAsync(HttpMethod.Post, StageFixture.Chat, """{"model":"m" canary""", good), answers);
        await AnswerAsync(fixture.SendAsync(HttpMethod.Get, "/elsewhere?key=canary", null, good), answers);
        await AnswerAsync(fixture.SendAsync(HttpMethod.Get, "/v1/%2e%2e/x?key=canary", null, good), answers);

        // The server itself refuses these, and has the line at hand when it does.
        foreach (string line in new[] { "Authorization : Bearer canary-space", "canary-no-colon", "X: canary\0", "Content-Length: canary", "Host: canary canary" })
        {
            using RawConnection client = await fixture.OpenAsync();
            await client.SendAsync($"POST /v1/chat/completions?canary HTTP/1.1\r\nHost: g\r\n{line}\r\n\r\n", Cancel);
            answers.Add(await client.ReadToEndAsync(Cancel).WaitAsync(StageFixture.Guard, Cancel));
        }
    }

    private static async Task AnswerAsync(Task<HttpResponseMessage> sending, List<string> answers)
    {
        using HttpResponseMessage answer = await sending;
        answers.Add($"{answer}{await answer.Content.ReadAsStringAsync(Cancel)}");
    }
}
