using System.Text.Json.Serialization;

namespace Gateway.Configuration;

/// <summary>HTTP version toward an instance.</summary>
internal enum UpstreamHttpVersion
{
    /// <summary>HTTP/2 where TLS negotiates it, else HTTP/1.1.</summary>
    [JsonStringEnumMemberName("auto")]
    Auto,

    /// <summary>HTTP/1.1 only.</summary>
    [JsonStringEnumMemberName("1.1")]
    Http11,

    /// <summary>HTTP/2 only, also without TLS unless a proxy is between.</summary>
    [JsonStringEnumMemberName("2")]
    Http2,
}
