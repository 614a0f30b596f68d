using FsCheck;
using FsCheck.Fluent;
using Gateway.Requests;
using Xunit;

namespace Gateway.Tests.Requests;

/// <summary>A label that callers cannot make new values of.</summary>
[Trait("row", "M1")]
public class EndpointTemplateTests
{
    [Theory]
    [InlineData("/chat/completions", "/v1/chat/completions")]
    [InlineData("/chat/completions/", "/v1/chat/completions")]
    [InlineData("/files/file-abc123/content", "/v1/files/{id}/content")]
    [InlineData("/models/gpt-4o", "/v1/models/{id}")]
    [InlineData("/threads/t1/runs/r1", "/v1/threads/{id}/runs/{id}")]
    [InlineData("/rerank", "/v1/rerank")]
    [InlineData("/realtime/calls", "/v1/realtime/calls")]
    [InlineData("/threads/t1/runs/r1/steps", "other")]
    [InlineData("/files/{id}", "/v1/files/{id}")]
    [InlineData("/chat/secret-project", "other")]
    [InlineData("/CHAT/completions", "other")]
    [InlineData("/chat//completions", "other")]
    [InlineData("/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z", "other")]
    [InlineData("/", "other")]
    [InlineData("", "other")]
    public void Of_Path_IsItsRoute(string path, string expected) => Assert.Equal(expected, EndpointTemplate.Of(path));

    [Fact]
    public void Of_AnyPathsMadeOfKnownWords_StaysInTheClosedSet()
    {
        string[] words = ["chat", "completions", "files", "models", "threads", "runs", "x", "", "{id}", "responses", "cancel"];
        HashSet<string> seen = [];
        Prop.ForAll(Gen.Elements(words).ArrayOf().ToArbitrary(), path => seen.Add(EndpointTemplate.Of("/" + string.Join("/", path))) || true)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));

        Assert.InRange(seen.Count, 5, 60);
    }
}
