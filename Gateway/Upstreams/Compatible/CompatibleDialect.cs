using System.Net.Http.Headers;
using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Upstreams.OpenAI;

namespace Gateway.Upstreams.Compatible;

/// <summary>Venice, vLLM, SGLang, llama.cpp, Ollama: the API as OpenAI serves it, and Ollama's list of models at the origin's <c>/api/tags</c>. No other path leaves the base with the key.</summary>
internal sealed class CompatibleDialect(InstanceOptions options) : IDialect
{
    private readonly OpenAiDialect _openAi = new(options);
    private readonly string _origin = options.ApiBase.GetLeftPart(UriPartial.Authority);

    public Uri UriOf(string path, string query, string? model, bool isRead = false) => isRead && path == "/api/tags"
        ? RawUri.Of(string.Concat(_origin, path, query))
        : _openAi.UriOf(path, query, model);

    public void AddKey(HttpRequestHeaders headers, string key) => _openAi.AddKey(headers, key);

    public CallEdits? EditsOf(ApiRequest request, bool needsUsage = false) => _openAi.EditsOf(request, needsUsage);
}
