// The SDK marks its responses client as one that may still change.
#pragma warning disable OPENAI001

using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Tests.Support;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using OpenAI.Files;
using OpenAI.Models;
using OpenAI.Responses;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>The official .NET SDK, unchanged, on the gateway's ports; partly while it is being interrupted.</summary>
[Trait("req", "A13")]
public class SdkTests
{
    private const string Text = "gpt-4o";

    [Theory]
    [InlineData(Rig.Urgent, false)]
    [InlineData(Rig.Normal, true)]
    [InlineData(Rig.Batch, true)]
    [Trait("req", "P5")]
    public async Task Chat_Completed_HasTextUsageAndFinish(int tier, bool interrupted)
    {
        await using Rig rig = await Rig.StartAsync();
        ChatClient chat = Client(rig, tier, interrupted).GetChatClient(Text);

        Task<ClientResult<ChatCompletion>> call = chat.CompleteChatAsync([new UserChatMessage("hello")], cancellationToken: Rig.Cancel);
        await InterruptAsync(rig, interrupted);
        ChatCompletion completion = await call.Soon();

        Assert.NotEmpty(Assert.Single(completion.Content).Text);
        Assert.Equal((ChatFinishReason.Stop, 16), (completion.FinishReason, completion.Usage.OutputTokenCount));
        await AssertAttemptsAsync(rig, interrupted);
    }

    [Theory]
    [InlineData(Rig.Urgent, false)]
    [InlineData(Rig.Normal, true)]
    [InlineData(Rig.Batch, true)]
    [Trait("req", "P5")]
    public async Task ChatStream_Read_IsOneWholeAnswer(int tier, bool interrupted)
    {
        await using Rig rig = await Rig.StartAsync();
        ChatClient chat = Client(rig, tier, interrupted, ("x-sim-early-head", "1")).GetChatClient(Text);

        Task<List<StreamingChatCompletionUpdate>> call = Task.Run(async () =>
        {
            List<StreamingChatCompletionUpdate> all = [];
            await foreach (StreamingChatCompletionUpdate update in chat.CompleteChatStreamingAsync([new UserChatMessage("hello")], cancellationToken: Rig.Cancel))
            {
                all.Add(update);
            }

            return all;
        });
        await InterruptAsync(rig, interrupted);
        List<StreamingChatCompletionUpdate> updates = await call.Soon();

        Assert.Single(updates.Select(static update => update.CompletionId).Distinct());
        Assert.Single(updates, static update => update.Role == ChatMessageRole.Assistant);
        Assert.Single(updates, static update => update.FinishReason == ChatFinishReason.Stop);
        Assert.Equal(16, Assert.Single(updates, static update => update.Usage is not null).Usage.OutputTokenCount);
        await AssertAttemptsAsync(rig, interrupted);
    }

    [Theory]
    [InlineData(Rig.Urgent, false)]
    [InlineData(Rig.Batch, true)]
    [Trait("req", "P5")]
    public async Task Tools_Offered_AreCalled(int tier, bool interrupted)
    {
        await using Rig rig = await Rig.StartAsync();
        var options = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("get_weather", "w", BinaryData.FromString("""{"type":"object"}""")) } };

        Task<ClientResult<ChatCompletion>> call = Client(rig, tier, interrupted).GetChatClient(Text)
            .CompleteChatAsync([new UserChatMessage("weather?")], options, Rig.Cancel);
        await InterruptAsync(rig, interrupted);
        ChatCompletion completion = await call.Soon();

        Assert.Equal(ChatFinishReason.ToolCalls, completion.FinishReason);
        Assert.Equal("get_weather", Assert.Single(completion.ToolCalls).FunctionName);
        Assert.Contains(await AssertAttemptsAsync(rig, interrupted), static record => record.Tools.Contains("get_weather"));
    }

    [Theory]
    [InlineData(Rig.Normal, false)]
    [InlineData(Rig.Batch, true)]
    [Trait("req", "P8")]
    public async Task Embeddings_TwoInputs_TwoVectors(int tier, bool interrupted)
    {
        await using Rig rig = await Rig.StartAsync();

        Task<ClientResult<OpenAIEmbeddingCollection>> call = Client(rig, tier, interrupted).GetEmbeddingClient("text-embedding-3-small")
            .GenerateEmbeddingsAsync(["one", "two"], new EmbeddingGenerationOptions { Dimensions = 32 }, Rig.Cancel);
        await InterruptAsync(rig, interrupted);
        OpenAIEmbeddingCollection embeddings = await call.Soon();

        Assert.Equal([32, 32], embeddings.Select(static embedding => embedding.ToFloats().Length));
        Assert.All(embeddings, static embedding => Assert.Equal(1, embedding.ToFloats().ToArray().Sum(static x => x * x), 3));
        await AssertAttemptsAsync(rig, interrupted);
    }

    [Theory]
    [InlineData(Rig.Normal, false, false)]
    [InlineData(Rig.Batch, true, false)]
    [InlineData(Rig.Normal, false, true)]
    [InlineData(Rig.Batch, true, true)]
    [Trait("req", "P8")]
    public async Task Responses_PlainAndStream_AreComplete(int tier, bool interrupted, bool stream)
    {
        await using Rig rig = await Rig.StartAsync();
        var options = new ResponsesClientOptions { Endpoint = new Uri(rig.Gateway.Address(tier), "/v1"), RetryPolicy = new ClientRetryPolicy(0) };
        options.AddPolicy(new Headers(Knobs(interrupted)), PipelinePosition.PerCall);
        var client = new ResponsesClient(new ApiKeyCredential("sk-caller"), options);

        Task<string> call = Task.Run(async () =>
        {
            if (!stream)
            {
                return (await client.CreateResponseAsync(Text, "hello", cancellationToken: Rig.Cancel)).Value.GetOutputText();
            }

            var text = new StringBuilder();
            await foreach (StreamingResponseUpdate update in await client.CreateResponseStreamingAsync(Text, "hello", cancellationToken: Rig.Cancel))
            {
                text.Append((update as StreamingResponseOutputTextDeltaUpdate)?.Delta);
            }

            return text.ToString();
        });
        await InterruptAsync(rig, interrupted);

        Assert.Equal(16, (await call.Soon()).Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);
        await AssertAttemptsAsync(rig, interrupted);
    }

    [Theory]
    [InlineData(Rig.Urgent)]
    [InlineData(Rig.Batch)]
    [Trait("req", "P8")]
    public async Task ModelsAndFiles_ListedAndUploaded_RoundTrip(int tier)
    {
        await using Rig rig = await Rig.StartAsync();
        OpenAIClient client = Client(rig, tier, interrupted: false);
        byte[] content = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Repeat("{\"prompt\":\"grüße\"}", 100_000)));

        OpenAIModelCollection models = await client.GetOpenAIModelClient().GetModelsAsync(Rig.Cancel).Soon();
        OpenAIFile file = await client.GetOpenAIFileClient()
            .UploadFileAsync(new MemoryStream(content), "data.jsonl", FileUploadPurpose.FineTune, Rig.Cancel).Soon();

        Assert.Contains(models, static model => model.Id == Text);
        Assert.Equal(("data.jsonl", content.Length), (file.Filename, (int)file.SizeInBytes!.Value));
        await rig.AssertQuietAsync(2, 1);
    }

    [Theory]
    [InlineData(400, "invalid_body_of_upstream")]
    [InlineData(401, "invalid_api_key")]
    [InlineData(404, "model_not_found")]
    [InlineData(429, "rate_limit_exceeded")]
    [InlineData(500, "oops")]
    [Trait("req", "P8")]
    public async Task Error_OfTheUpstream_ReachesTheCallerAsItsOwnClass(int status, string code)
    {
        await using Rig rig = await Rig.StartAsync();
        ChatClient chat = Client(rig, Rig.Batch, false, ("x-sim-status", $"{status}"), ("x-sim-error-code", code)).GetChatClient(Text);

        ClientResultException error = await Assert.ThrowsAsync<ClientResultException>(
            () => chat.CompleteChatAsync([new UserChatMessage("hello")], cancellationToken: Rig.Cancel).Soon());

        Assert.Equal(status, error.Status);
        Assert.Contains(code, error.Message, StringComparison.Ordinal);
        Assert.Contains(code, error.GetRawResponse()!.Content.ToString(), StringComparison.Ordinal);
        await rig.AssertQuietAsync(1, 1);
    }

    [Fact]
    [Trait("req", "P10")]
    public async Task Error_OfTheGateway_IsOneTheSdkUnderstands()
    {
        await using Rig rig = await Rig.StartAsync(1, static options => options with
        {
            ClientApiKeys = ["sk-caller"],
            Instances = [options.Instances[0] with { ApiKey = "sk-upstream", SupportedModels = [Text, "batch", "urgent", "normal"] }],
        });

        OpenAIClient wrongKey = new(new ApiKeyCredential("sk-wrong"), Options(rig, Rig.Batch));
        ClientResultException unauthorized = await Assert.ThrowsAsync<ClientResultException>(
            () => wrongKey.GetChatClient(Text).CompleteChatAsync([new UserChatMessage("hello")], cancellationToken: Rig.Cancel).Soon());
        ClientResultException unknown = await Assert.ThrowsAsync<ClientResultException>(() => Client(rig, Rig.Batch, false)
            .GetChatClient("no-such-model").CompleteChatAsync([new UserChatMessage("hello")], cancellationToken: Rig.Cancel).Soon());

        Assert.Equal((401, 404), (unauthorized.Status, unknown.Status));
        Assert.Contains("invalid_api_key", unauthorized.Message, StringComparison.Ordinal);
        Assert.Contains("model_not_found", unknown.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Upstream.Requests);
    }

    [Fact]
    [Trait("row", "U5")]
    public async Task UpstreamInTrouble_SdkRetriesOnTop_IsToldNotToAndTheLoadStaysBounded()
    {
        await using Rig rig = await Rig.StartAsync(configure: static configured => configured with { Retries = new RetryOptions { BaseDelay = TimeSpan.Zero } });
        OpenAIClientOptions options = Options(rig, Rig.Batch);
        options.RetryPolicy = new ClientRetryPolicy(1);
        options.AddPolicy(new Headers(("x-sim-status", "503")), PipelinePosition.PerCall);
        ChatClient chat = new OpenAIClient(new ApiKeyCredential("sk-caller"), options).GetChatClient(Text);

        ClientResultException error = await Assert.ThrowsAsync<ClientResultException>(
            () => chat.CompleteChatAsync([new UserChatMessage("hello")], cancellationToken: Rig.Cancel).Soon());

        Assert.Equal(503, error.Status);
        Assert.True(error.GetRawResponse()!.Headers.TryGetValue("x-should-retry", out string? shouldRetry));
        Assert.Equal("false", shouldRetry);
        Assert.Equal(2, (await rig.Gateway.Records.WaitForAsync(2)).Count);

        // Four attempts for the first of the library's requests; by its second the retry budget is spent.
        Assert.Equal(5, rig.Upstream.Stats.Started);
        await rig.AssertQuietAsync(2, 1);
    }

    private static OpenAIClient Client(Rig rig, int tier, bool interrupted, params (string Name, string Value)[] headers)
    {
        OpenAIClientOptions options = Options(rig, tier);
        options.AddPolicy(new Headers([.. Knobs(interrupted), .. headers]), PipelinePosition.PerCall);
        return new OpenAIClient(new ApiKeyCredential("sk-caller"), options);
    }

    private static OpenAIClientOptions Options(Rig rig, int tier) =>
        new() { Endpoint = new Uri(rig.Gateway.Address(tier), "/v1"), RetryPolicy = new ClientRetryPolicy(0) };

    private static (string Name, string Value)[] Knobs(bool interrupted) =>
        interrupted ? [("x-sim-nonce", "sdk"), ("x-sim-fail", "hang"), ("x-sim-fail-times", "1")] : [("x-sim-nonce", "sdk")];

    private static async Task InterruptAsync(Rig rig, bool interrupted)
    {
        if (interrupted)
        {
            await rig.WaitUntil(static stats => stats.BillableStarts == 1);
            (await rig.ChatAsync(Rig.Urgent, "urgent").Soon()).Dispose();
        }
    }

    private static async Task<IReadOnlyList<AccessRecord>> AssertAttemptsAsync(Rig rig, bool interrupted)
    {
        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAndBilledAsync(interrupted ? 2 : 1, 1);
        Assert.Equal(interrupted ? 1 : 0, records.Sum(static record => record.Preemptions));
        return records;
    }

    private sealed class Headers(params (string Name, string Value)[] headers) : PipelinePolicy
    {
        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            Add(message);
            ProcessNext(message, pipeline, currentIndex);
        }

        public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            Add(message);
            return ProcessNextAsync(message, pipeline, currentIndex);
        }

        private void Add(PipelineMessage message)
        {
            foreach ((string name, string value) in headers)
            {
                message.Request.Headers.Set(name, value);
            }
        }
    }
}
