using Gateway.Authentication;
using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Authentication;

[Trait("req", "M1")]
public class EndpointRightsTests
{
    [Theory]
    [InlineData("/files/{id}", "GET /files/f1", true)]
    [InlineData("/files/{id}", "DELETE /files/f1/", true)]
    [InlineData("/files/{id}", "GET /files", false)]
    [InlineData("/files/{id}", "GET /files/f1/content", false)]
    [InlineData("/files/{id}", "GET /files/f1%2Fcontent", false)]
    [InlineData("/files/*", "GET /files", true)]
    [InlineData("/files/*", "GET /files/f1/content", true)]
    [InlineData("/files/*", "GET /filesystem", false)]
    [InlineData("/*", "BREW /anything/new", true)]
    [InlineData("POST /chat/completions", "POST /chat/completions", true)]
    [InlineData("POST /chat/completions", "GET /chat/completions", false)]
    [InlineData("GET /batches", "HEAD /batches", true)]
    [InlineData("GET /batches", "POST /batches", false)]
    public void Allow_Entry_CoversWhatItNames(string entry, string request, bool isAllowed) =>
        Assert.Equal(isAllowed, Allows(new ClientKeyOptions { Name = "a", Endpoints = [entry] }, request));

    [Theory]
    [InlineData("GET /models", true)]
    [InlineData("GET /models/org%2Fmodel", true)]
    [InlineData("DELETE /models/ft:gpt-4o:org", false)]
    [InlineData("POST /chat/completions", true)]
    [InlineData("GET /chat/completions", false)]
    [InlineData("GET /chat/completions/c1", false)]
    [InlineData("POST /responses", true)]
    [InlineData("GET /responses/r1", false)]
    [InlineData("POST /responses/r1/cancel", false)]
    [InlineData("POST /embeddings", true)]
    [InlineData("POST /audio/transcriptions", true)]
    [InlineData("GET /realtime", true)]
    [InlineData("GET /files", false)]
    [InlineData("GET //files", false)]
    [InlineData("GET /%66iles", false)]
    [InlineData("POST /batches", false)]
    [InlineData("GET /vector_stores", false)]
    [InlineData("POST /anything/new", false)]
    public void Allow_KeyWithModels_ReachesNothingStored(string request, bool isAllowed) =>
        Assert.Equal(isAllowed, Allows(new ClientKeyOptions { Name = "a", Models = ["m"] }, request));

    [Theory]
    [InlineData("/realtime/client_secrets")]
    [InlineData("/realtime/sessions")]
    [InlineData("/realtime/transcription_sessions")]
    [InlineData("/realtime/calls")]
    [InlineData("/realtime/calls/c1/accept")]
    [InlineData("/chatkit/sessions")]
    [InlineData("//Realtime//Client_Secrets/")]
    [InlineData("/realtime/client%5Fsecrets")]
    [InlineData("/realtime/client%255Fsecrets")]
    [InlineData("/realtime%2Fclient_secrets;v=1")]
    [InlineData("/realtime%5Cclient_secrets%3Fx")]
    public void Allow_WayPastTheGateway_OnlyWhereAnEntrySaysTheWord(string path)
    {
        Assert.False(Caller.Anonymous.MayUseEndpoint("POST", path));
        Assert.False(Allows(new ClientKeyOptions { Name = "a" }, $"POST {path}"));
        Assert.False(Allows(new ClientKeyOptions { Name = "a", Endpoints = ["/*", "/realtime/*", "/realtime/{id}"] }, $"POST {path}"));
        Assert.True(Allows(
            new ClientKeyOptions
            {
                Name = "a",
                Endpoints = ["/realtime/client_secrets", "/realtime/sessions", "/realtime/transcription_sessions", "/realtime/calls/*", "/chatkit/sessions"],
            },
            $"POST {path}"));
        Assert.True(Caller.PassThrough.MayUseEndpoint("POST", path));
    }

    private static bool Allows(ClientKeyOptions key, string request) =>
        request.Split(' ') is [string method, string path] && EndpointRights.Of(key).Allow(method, path);
}
