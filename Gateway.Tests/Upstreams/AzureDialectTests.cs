using Gateway.Configuration;
using Gateway.Upstreams;
using Gateway.Upstreams.Azure;
using Gateway.Upstreams.OpenAI;
using Xunit;

namespace Gateway.Tests.Upstreams;

/// <summary>Where requests go, by provider.</summary>
public class AzureDialectTests
{
    private const string Version = "api-version=2024-05-01-preview";

    [Theory]
    [InlineData("/chat/completions", "", "gpt-4", "/openai/deployments/gpt-4-prod/chat/completions?" + Version)]
    [InlineData("/chat/completions", "", "GPT_4", "/openai/deployments/gpt-4-prod/chat/completions?" + Version)]
    [InlineData("/chat/completions", "", "gpt-3.5-turbo", "/openai/deployments/gpt-35/chat/completions?" + Version)]
    [InlineData("/chat/completions/", "?a=1", "o1", "/openai/deployments/o1/chat/completions/?" + Version + "&a=1")]
    [InlineData("/completions", "", "o1", "/openai/deployments/o1/completions?" + Version)]
    [InlineData("/embeddings", "", "a b/c?d", "/openai/deployments/a%20b%2Fc%3Fd/embeddings?" + Version)]
    [InlineData("/audio/transcriptions", "", "o1", "/openai/deployments/o1/audio/transcriptions?" + Version)]
    [InlineData("/audio/speech", "", "o1", "/openai/deployments/o1/audio/speech?" + Version)]
    [InlineData("/images/generations", "", "o1", "/openai/deployments/o1/images/generations?" + Version)]
    [InlineData("/images/edits", "", "o1", "/openai/deployments/o1/images/edits?" + Version)]
    [InlineData("/responses", "", "gpt-4", "/openai/responses?" + Version)]
    [InlineData("/models", "", null, "/openai/models?" + Version)]
    [InlineData("/files/f%2F1/content", "?purpose=%20b&a=&a", null, "/openai/files/f%2F1/content?" + Version + "&purpose=%20b&a=&a")]
    [InlineData("/threads/t/runs", "?metadata[k]=v", null, "/openai/threads/t/runs?" + Version + "&metadata[k]=v")]
    [InlineData("/chat/completions", "", null, "/openai/chat/completions?" + Version)]
    [InlineData("/realtime", "?model=gpt-4&x=1", null, "/openai/realtime?" + Version + "&deployment=gpt-4-prod&x=1")]
    [Trait("req", "A4")]
    public void UriOf_DatedSurface_IsTheDeploymentsOrThePaths(string path, string query, string? model, string expected) =>
        Assert.Equal("https://r.openai.azure.com" + expected, Azure().UriOf(path, query, model).OriginalString);

    [Theory]
    [InlineData("/chat/completions", "?api-version=evil&x=1", "/openai/v1/chat/completions?x=1")]
    [InlineData("/responses/r1", "", "/openai/v1/responses/r1")]
    [InlineData("/realtime", "?model=GPT-4", "/openai/v1/realtime?model=gpt-4-prod")]
    [Trait("req", "A4")]
    public void UriOf_V1Surface_IsThePath(string path, string query, string expected) =>
        Assert.Equal("https://r.openai.azure.com" + expected, Azure("v1").UriOf(path, query, "gpt-4").OriginalString);

    [Theory]
    [InlineData("?api-version=1", "")]
    [InlineData("?API-Version=1&a=%2F", "&a=%2F")]
    [InlineData("?a=1&api%2Dversion=1&b=2", "&a=1&b=2")]
    [InlineData("?a=1&api-version&b=2&api-version=", "&a=1&b=2")]
    [InlineData("?%61pi-version=1&&a", "&&a")]
    [InlineData("?xapi-version=1", "&xapi-version=1")]
    [Trait("row", "H8")]
    public void UriOf_CallersApiVersion_IsDropped(string query, string rest) =>
        Assert.Equal("https://r.openai.azure.com/openai/models?" + Version + rest, Azure().UriOf("/models", query, null).OriginalString);

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("../../admin")]
    [InlineData("x/../y")]
    [InlineData("..\\x")]
    [Trait("row", "H8")]
    public void UriOf_ModelThatLeavesItsSegment_NamesNoDeployment(string model) =>
        Assert.Equal("https://r.openai.azure.com/openai/embeddings?" + Version, Azure().UriOf("/embeddings", "", model).OriginalString);

    [Theory]
    [InlineData("https://r.openai.azure.com")]
    [InlineData("https://r.openai.azure.com/")]
    [InlineData("https://r.openai.azure.com/openai")]
    [InlineData("https://r.openai.azure.com/openai/")]
    [InlineData("https://r.openai.azure.com/openai/v1/")]
    [Trait("req", "A4")]
    public void UriOf_AnyWayTheBaseIsWritten_IsTheSame(string apiBase) => Assert.Equal(
        "https://r.openai.azure.com/openai/models?" + Version,
        new AzureDialect(Instance(ProviderType.Azure, apiBase)).UriOf("/models", "", null).OriginalString);

    [Theory]
    [InlineData("http://h:11434", "http://h:11434/v1/chat/completions", "http://h:11434/api/tags?x")]
    [InlineData("http://h:8000/v1/", "http://h:8000/v1/chat/completions", "http://h:8000/api/tags?x")]
    [InlineData("https://api.venice.ai/api/v1", "https://api.venice.ai/api/v1/chat/completions", "https://api.venice.ai/api/tags?x")]
    [InlineData("http://h/inference/v1", "http://h/inference/v1/chat/completions", "http://h/api/tags?x")]
    [Trait("req", "V5")]
    public void UriOf_AnyServerOfTheApi_HasOllamasListAtItsOrigin(string apiBase, string chat, string tags)
    {
        var dialect = new OpenAiDialect(Instance(ProviderType.Compatible, apiBase));

        Assert.Equal((chat, tags), (dialect.UriOf("/chat/completions", "", "m").OriginalString, dialect.UriOf("/api/tags", "?x", null, isRead: true).OriginalString));
    }

    [Fact]
    [Trait("req", "V5")]
    public void UriOf_OllamasListNotRead_StaysBelowTheBase() => Assert.Equal(
        "http://h/v1/api/tags", new OpenAiDialect(Instance(ProviderType.OpenAi, "http://h")).UriOf("/api/tags", "", null).OriginalString);

    [Fact]
    [Trait("req", "A4")]
    public void Serves_AzureModelWrittenOtherwise_IsServed()
    {
        InstanceOptions azure = Instance(ProviderType.Azure, "http://h") with { SupportedModels = ["gpt-35-turbo"] };
        var options = new GatewayOptions { Endpoints = [], Instances = [azure, azure with { Name = "other", ProviderType = ProviderType.OpenAi }] };
        using var table = new InstanceTable(options, TimeProvider.System);

        Assert.Equal([true, false], table.All.Select(static instance => instance.Serves("GPT-3.5_turbo")));
    }

    private static AzureDialect Azure(string version = "2024-05-01-preview") =>
        new(Instance(ProviderType.Azure, "https://r.openai.azure.com") with
        {
            ApiVersion = version,
            ModelDeployments = new Dictionary<string, string> { ["gpt-4"] = "gpt-4-prod", ["GPT-35-turbo"] = "gpt-35" },
        });

    private static InstanceOptions Instance(ProviderType provider, string apiBase) =>
        new() { Name = "i", ProviderType = provider, ApiBase = UpstreamUrl.Normalise(apiBase, provider) };
}
