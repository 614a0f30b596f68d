using System.Text.Json.Serialization;

namespace Gateway.Configuration;

/// <summary>Which dialect an instance speaks: URL shape, credential header, parameters it refuses.</summary>
internal enum ProviderType
{
    /// <summary>api.openai.com, or anything that behaves exactly like it.</summary>
    [JsonStringEnumMemberName("openai")]
    OpenAi,

    /// <summary>Azure OpenAI: deployments in the path, <c>api-version</c> in the query, <c>api-key</c> header.</summary>
    [JsonStringEnumMemberName("azure")]
    Azure,

    /// <summary>Venice: refuses some parameters, lacks base64 embeddings, has its own rate-limit headers.</summary>
    [JsonStringEnumMemberName("venice")]
    Venice,

    /// <summary>Another OpenAI-compatible server, such as vLLM, SGLang, llama.cpp or Ollama.</summary>
    [JsonStringEnumMemberName("compatible")]
    Compatible,
}
