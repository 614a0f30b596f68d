using System.Net.Http.Headers;
using Gateway.Requests;

namespace Gateway.Upstreams;

/// <summary>What is special about a provider: where a request goes, how a key is shown, and what of the bytes must be edited.</summary>
internal interface IDialect
{
    /// <summary>The URL of a path below the API's root; path and query byte for byte as the caller wrote them, but for what the provider names otherwise.</summary>
    /// <param name="path">Below the API's root.</param>
    /// <param name="query">With its question mark, or empty.</param>
    /// <param name="model">The model that the caller asked for; null when the request names none.</param>
    /// <param name="isRead">The request is a GET or a HEAD.</param>
    Uri UriOf(string path, string query, string? model, bool isRead = false);

    /// <summary>Puts the upstream's key on a request.</summary>
    void AddKey(HttpRequestHeaders headers, string key);

    /// <summary>What must be edited for one request, and in its answer. Null, always or nearly so, means: byte for byte.</summary>
    /// <param name="request">As the caller sent it.</param>
    /// <param name="needsUsage">A stream must tell its usage, whether the caller asks for it or not.</param>
    CallEdits? EditsOf(ApiRequest request, bool needsUsage = false);
}
