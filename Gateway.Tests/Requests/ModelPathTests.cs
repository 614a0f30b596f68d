using Gateway.Requests;
using Xunit;

namespace Gateway.Tests.Requests;

[Trait("req", "P8")]
public class ModelPathTests
{
    [Theory]
    [InlineData("GET", "/models/gpt-4o", "gpt-4o")]
    [InlineData("HEAD", "/models/gpt-4o", "gpt-4o")]
    [InlineData("DELETE", "/models/ft:gpt-4o:org::1", "ft:gpt-4o:org::1")]
    [InlineData("GET", "/models/org/model", "org/model")]
    [InlineData("GET", "/models/org%2Fa%20model", "org/a model")]
    [InlineData("GET", "/models/gpt%2D4o/", "gpt-4o")]
    [InlineData("GET", "//Mod%65ls//gpt-4o", "gpt-4o")]
    [InlineData("GET", "/models", null)]
    [InlineData("GET", "/models/", null)]
    [InlineData("POST", "/models/gpt-4o", null)]
    [InlineData("GET", "/files/models", null)]
    [InlineData("GET", "/files/models/x", null)]
    [InlineData("GET", "", null)]
    public void Of_Path_IsTheModelItIsAbout(string method, string path, string? model) => Assert.Equal(model, ModelPath.Of(method, path));
}
