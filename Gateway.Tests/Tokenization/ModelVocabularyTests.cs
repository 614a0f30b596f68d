using Gateway.Tokenization;
using Xunit;

namespace Gateway.Tests.Tokenization;

[Trait("req", "M2")]
public class ModelVocabularyTests
{
    [Theory]
    [InlineData("gpt-4o", "o200k_base")]
    [InlineData("gpt-4o-mini-2024-07-18", "o200k_base")]
    [InlineData("chatgpt-4o-latest", "o200k_base")]
    [InlineData("gpt-4.1-nano", "o200k_base")]
    [InlineData("gpt-5-mini", "o200k_base")]
    [InlineData("o1", "o200k_base")]
    [InlineData("o3-mini", "o200k_base")]
    [InlineData("o4-mini", "o200k_base")]
    [InlineData("gpt-oss-120b", "o200k_base")]
    [InlineData("llama-3", "o200k_base")]
    [InlineData("", "o200k_base")]
    [InlineData(null, "o200k_base")]
    [InlineData("ft:gpt-4o-mini-2024-07-18:org::id", "o200k_base")]
    [InlineData("openai/gpt-4o", "o200k_base")]
    [InlineData("gpt-4", "cl100k_base")]
    [InlineData("gpt-4-turbo-2024-04-09", "cl100k_base")]
    [InlineData("gpt-4-32k", "cl100k_base")]
    [InlineData("GPT-4", "cl100k_base")]
    [InlineData("gpt-3.5-turbo-0125", "cl100k_base")]
    [InlineData("gpt-35-turbo-16k", "cl100k_base")]
    [InlineData("ft:gpt-3.5-turbo-0613:org:name:id", "cl100k_base")]
    [InlineData("text-embedding-3-large", "cl100k_base")]
    [InlineData("text-embedding-ada-002", "cl100k_base")]
    public void Of_Model_IsItsVocabulary(string? model, string vocabulary) => Assert.Equal(vocabulary, ModelVocabulary.Of(model).Name);

    [Fact]
    public void Learn_ManyModels_StaysBoundedAndKeepsWhatItKnows()
    {
        var averages = new OutputAverages();
        averages.Learn("first", 100);
        for (int i = 0; i < 5 * OutputAverages.MaxModels; i++)
        {
            averages.Learn($"model-{i}", 7);
        }

        int known = Enumerable.Range(0, 5 * OutputAverages.MaxModels).Count(i => averages.Of($"model-{i}") > 0);
        Assert.Equal(OutputAverages.MaxModels - 1, known);
        Assert.Equal(100, averages.Of("first"));
        averages.Learn("first", 200);
        Assert.Equal(110, averages.Of("first"));
        Assert.Equal(0, averages.Of(null));
    }
}
