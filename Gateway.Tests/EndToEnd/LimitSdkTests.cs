using System.ClientModel;
using System.ClientModel.Primitives;
using Gateway.Configuration;
using Gateway.RateLimiting;
using Gateway.Redis;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using OpenAI;
using OpenAI.Chat;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The official SDK against a limit, obeying what it is told.</summary>
public class LimitSdkTests
{
    private const int Limit = 10;
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(2500);

    [Fact]
    [Trait("row", "R9")]
    public async Task Calls_OverTheLimit_SucceedAtTheirFirstRetry()
    {
        await using Rig rig = await Rig.StartAsync(
            8,
            static options => options with { RateLimit = new RateLimitOptions { RequestsPerMinute = Limit, TokensPerMinute = null } },
            static services => services.AddSingleton(static provider => new LimitStore(
                provider.GetRequiredService<RedisConnection>(), provider.GetRequiredService<OptionsSnapshot>(), TimeProvider.System, Window)));
        var options = new OpenAIClientOptions { Endpoint = new Uri(rig.Gateway.Address(Rig.Normal), "v1"), RetryPolicy = new ClientRetryPolicy(3) };
        ChatClient chat = new OpenAIClient(new ApiKeyCredential("sk-any"), options).GetChatClient("gpt-4o");

        // One after the other: whoever waits as told is the next to be let in.
        const int Calls = 25;
        for (int i = 0; i < Calls; i++)
        {
            ChatCompletion completion = await chat.CompleteChatAsync([new UserChatMessage("hello")], cancellationToken: Rig.Cancel);
            Assert.NotEmpty(completion.Content[0].Text);
        }

        // Each of the two windows that ran out refused one call once. The last record may come a moment after its answer.
        await Eventually.TrueAsync(() => rig.Gateway.Records.All.Count(static record => record.Status == 200) == Calls);
        Assert.InRange(rig.Gateway.Records.All.Count(static record => record.Status == 429), 1, 2);
    }
}
