using System.Text.Json.Serialization;

namespace Gateway.Configuration;

/// <summary>How the gateway signs in to an Azure instance.</summary>
internal enum InstanceAuth
{
    /// <summary>With <c>api_key</c>.</summary>
    [JsonStringEnumMemberName("key")]
    Key,

    /// <summary>With a Microsoft Entra ID token of the machine's identity.</summary>
    [JsonStringEnumMemberName("entra")]
    Entra,
}
