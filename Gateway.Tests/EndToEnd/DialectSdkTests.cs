using System.ClientModel;
using System.ClientModel.Primitives;
using Gateway.Configuration;
using Gateway.Tests.Support;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The official .NET SDK, unchanged, through the gateway to Azure and to Venice.</summary>
[Trait("req", "A13")]
public class DialectSdkTests
{
    private const string Model = "gpt-4";

    [Theory]
    [InlineData("azure")]
    [InlineData("azure-v1")]
    [InlineData("venice")]
    [Trait("req", "A4")]
    [Trait("req", "V3")]
    public async Task Chat_PlainStreamAndTools_AreWhole(string provider)
    {
        await using Rig rig = await StartAsync(provider);
        ChatClient chat = Client(rig).GetChatClient(Model);
        ChatMessage[] messages = [new UserChatMessage("hello")];
        var tools = new ChatCompletionOptions
        {
            Tools = { ChatTool.CreateFunctionTool("get_weather", "w", BinaryData.FromString("""{"type":"object"}""")) },
            IncludeLogProbabilities = true,
            TopLogProbabilityCount = 2,
        };

        ChatCompletion plain = await chat.CompleteChatAsync(messages, cancellationToken: Rig.Cancel).Soon();
        ChatCompletion called = await chat.CompleteChatAsync(messages, tools, Rig.Cancel).Soon();
        List<StreamingChatCompletionUpdate> updates = await Task.Run(async () => await chat.CompleteChatStreamingAsync(messages, cancellationToken: Rig.Cancel).ToListAsync(Rig.Cancel)).Soon();

        Assert.Equal((ChatFinishReason.Stop, 16), (plain.FinishReason, plain.Usage.OutputTokenCount));
        Assert.Equal("get_weather", Assert.Single(called.ToolCalls).FunctionName);
        Assert.Equal(16, Assert.Single(updates, static update => update.Usage is not null).Usage.OutputTokenCount);
        Assert.Equal(plain.Content[0].Text, string.Concat(updates.SelectMany(static update => update.ContentUpdate).Select(static part => part.Text)));
        Assert.Equal([Model], updates.Select(static update => update.Model).Append(plain.Model).Append(called.Model).Distinct());
        await rig.AssertQuietAndBilledAsync(3, 1);
    }

    [Theory]
    [InlineData("azure")]
    [InlineData("azure-v1")]
    [InlineData("venice")]
    [Trait("req", "V4")]
    public async Task Embeddings_AsTheSdkAsks_AreTheVectors(string provider)
    {
        await using Rig rig = await StartAsync(provider);
        string[] inputs = ["one", "two", "three"];

        OpenAIEmbeddingCollection through = await Client(rig).GetEmbeddingClient("e").GenerateEmbeddingsAsync(inputs, cancellationToken: Rig.Cancel).Soon();
        OpenAIEmbeddingCollection direct = await new OpenAIClient(new ApiKeyCredential("k"), new OpenAIClientOptions { Endpoint = new Uri(rig.Upstream.BaseAddress, "/v1") })
            .GetEmbeddingClient("e").GenerateEmbeddingsAsync(inputs, cancellationToken: Rig.Cancel).Soon();

        Assert.Equal(
            direct.Select(static embedding => Convert.ToHexString(System.Runtime.InteropServices.MemoryMarshal.AsBytes(embedding.ToFloats().Span))),
            through.Select(static embedding => Convert.ToHexString(System.Runtime.InteropServices.MemoryMarshal.AsBytes(embedding.ToFloats().Span))));
        RecordedRequest sent = rig.Upstream.Requests[0];
        Assert.Equal(provider == "venice", System.Text.Encoding.UTF8.GetString(sent.Body).Contains("\"encoding_format\":\"float\"", StringComparison.Ordinal));
    }

    private static Task<Rig> StartAsync(string provider) => Rig.StartAsync(1, options => options with
    {
        ClientApiKeys = ["sk-caller"],
        Instances =
        [
            provider switch
            {
                "azure" => AzureTests.Azure(options.Instances[0]),
                "azure-v1" => AzureTests.Azure(options.Instances[0]) with { ApiVersion = "v1" },
                _ => VeniceTests.Venice(options.Instances[0]),
            },
        ],
    });

    private static OpenAIClient Client(Rig rig) => new(
        new ApiKeyCredential("sk-caller"),
        new OpenAIClientOptions { Endpoint = new Uri(rig.Gateway.Address(Rig.Urgent), "/v1"), RetryPolicy = new ClientRetryPolicy(0) });
}
