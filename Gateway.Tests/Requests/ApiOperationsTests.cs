using Gateway.Requests;
using Xunit;

namespace Gateway.Tests.Requests;

/// <summary>Whatever a lenient upstream takes for a chat counts as one.</summary>
[Trait("req", "M2")]
public class ApiOperationsTests
{
    [Theory]
    [InlineData("/chat/completions", nameof(ApiOperation.Chat))]
    [InlineData("/chat/completions/", nameof(ApiOperation.Chat))]
    [InlineData("//chat//completions", nameof(ApiOperation.Chat))]
    [InlineData("/chat/%63ompletions", nameof(ApiOperation.Chat))]
    [InlineData("/chat%2Fcompletions", nameof(ApiOperation.Chat))]
    [InlineData("/chat/%2563ompletions", nameof(ApiOperation.Chat))]
    [InlineData("/Chat/Completions", nameof(ApiOperation.Chat))]
    [InlineData("/chat/completions;a=b", nameof(ApiOperation.Chat))]
    [InlineData("/chat\\completions", nameof(ApiOperation.Chat))]
    [InlineData("/engines/m/chat/completions", nameof(ApiOperation.Chat))]
    [InlineData("/completions", nameof(ApiOperation.Completions))]
    [InlineData("/engines/m/completions", nameof(ApiOperation.Completions))]
    [InlineData("/embeddings", nameof(ApiOperation.Embeddings))]
    [InlineData("/responses", nameof(ApiOperation.Responses))]
    [InlineData("/responses/resp_1", nameof(ApiOperation.Other))]
    [InlineData("/chat/completions/id", nameof(ApiOperation.Other))]
    [InlineData("/files", nameof(ApiOperation.Other))]
    [InlineData("", nameof(ApiOperation.Other))]
    public void Of_Path_AsTheMostLenientUpstreamReadsIt(string path, string operation) =>
        Assert.Equal(Enum.Parse<ApiOperation>(operation), ApiOperations.Of(path));
}
