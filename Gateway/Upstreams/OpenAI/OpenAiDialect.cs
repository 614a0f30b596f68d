using System.Net.Http.Headers;
using Gateway.Configuration;
using Gateway.Requests;

namespace Gateway.Upstreams.OpenAI;

/// <summary>
/// The API as OpenAI serves it, and Venice, vLLM, SGLang, llama.cpp, Ollama: nothing changes on the way, unless the instance is configured so. Ollama's list of
/// models is at the origin's <c>/api/tags</c>; no other path leaves the base with the key.
/// </summary>
internal sealed class OpenAiDialect(InstanceOptions options) : IDialect
{
    private readonly string _base = options.ApiBase.AbsoluteUri.TrimEnd('/');
    private readonly string _origin = options.ApiBase.GetLeftPart(UriPartial.Authority);
    private readonly InstanceEdits _edits = new(options);
    private readonly RawUris _uris = new();

    public Uri UriOf(string path, string query, string? model, bool isRead = false) =>
        _uris.Of(string.Concat(isRead && path == "/api/tags" ? _origin : _base, path, query), query.Length == 0);

    public void AddKey(HttpRequestHeaders headers, string key) => headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");

    public CallEdits? EditsOf(ApiRequest request, bool needsUsage = false) => _edits.Of(request, needsUsage);
}
