using System.ClientModel;
using System.Net;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using Xunit;

namespace Gateway.Tests.Support;

public sealed class SimulatorProviderTests
{
    [Theory]
    [InlineData("/openai/deployments/gpt-4-prod/chat/completions?api-version=2024-05-01-preview", """{"stream":true,"messages":[]}""", "gpt-4-prod")]
    [InlineData("/openai/v1/chat/completions", """{"model":"gpt-4","stream":true,"messages":[]}""", "gpt-4")]
    public async Task Azure_Stream_StartsWithPromptFilterResults(string path, string body, string model)
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();

        using HttpResponseMessage answer = await sim.PostAsync(path, body);

        JsonElement[] chunks = [.. (await answer.EventsAsync())[..^1].Select(text => JsonElement.Parse(text))];
        Assert.Empty(chunks[0].GetProperty("choices").EnumerateArray());
        Assert.True(chunks[0].TryGetProperty("prompt_filter_results", out _));
        Assert.Equal(model, chunks[1].GetProperty("model").GetString());
        Assert.NotEmpty(answer.Header("apim-request-id"));
    }

    [Fact]
    public async Task Azure_WithoutApiVersion_IsNotFoundInAzureShape()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();

        using HttpResponseMessage answer = await sim.PostAsync("/openai/deployments/d/embeddings", """{"input":"a"}""");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("""{"error":{"code":"404","message":"Resource not found"}}""", await answer.Content.ReadAsStringAsync(SimulatorFixture.Cancel));
    }

    [Theory]
    [InlineData("/api/v1/chat/completions", """{"model":"m","messages":[],"prompt_cache_key":"k"}""")]
    [InlineData("/api/v1/embeddings", """{"model":"m","input":"a","encoding_format":"base64"}""")]
    [InlineData("/api/v1/chat/completions", """{"model":"sim:status=429,error-message=Too many failed attempts"}""")]
    public async Task Venice_Refusal_IsTextInVeniceShape(string path, string body)
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();

        using HttpResponseMessage answer = await sim.PostAsync(path, body);

        Assert.False(answer.IsSuccessStatusCode);
        Assert.Equal(JsonValueKind.String, (await answer.JsonAsync()).GetProperty("error").ValueKind);
        Assert.True(long.Parse(answer.Header("x-ratelimit-reset-requests"), System.Globalization.CultureInfo.InvariantCulture) > 1_000_000_000_000);
    }

    [Fact]
    public async Task OfficialSdk_ChatStreamAndEmbeddings_UnderstandsTheAnswers()
    {
        await using SimulatorFixture sim = await SimulatorFixture.StartAsync();
        OpenAIClientOptions options = new() { Endpoint = new Uri(sim.Host.BaseAddress, "v1") };
        OpenAIClient client = new(new ApiKeyCredential("key"), options);
        ChatClient chat = client.GetChatClient("gpt-4o");
        ChatMessage[] messages = [new UserChatMessage("hello")];

        ChatCompletion whole = await chat.CompleteChatAsync(messages, cancellationToken: SimulatorFixture.Cancel);
        string streamed = "";
        int tokens = 0;
        await foreach (StreamingChatCompletionUpdate update in chat.CompleteChatStreamingAsync(messages, cancellationToken: SimulatorFixture.Cancel))
        {
            streamed += string.Concat(update.ContentUpdate.Select(part => part.Text));
            tokens = update.Usage?.OutputTokenCount ?? tokens;
        }

        OpenAIEmbedding embedding = await client.GetEmbeddingClient("e").GenerateEmbeddingAsync("hello", cancellationToken: SimulatorFixture.Cancel);

        Assert.Equal((whole.Content[0].Text, 16), (streamed, tokens));
        Assert.Equal(1536, embedding.ToFloats().Length);
    }
}
