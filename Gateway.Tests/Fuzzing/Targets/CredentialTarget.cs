using System.Text;
using System.Text.RegularExpressions;
using Gateway.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>The credential headers of a request, one in a line: one reading, the same as by the rules written out; anything ambiguous is no key.</summary>
internal sealed partial class CredentialTarget : FuzzTarget
{
    private const string KeyProtocol = "openai-insecure-api-key.";

    public override string Name => "credential";

    public override int ShortInputs => 10_000;

    public override IReadOnlyList<byte[]> Seeds { get; } = Texts(
    [
        "Authorization: Bearer sk-one", "authorization: bearer sk-one\napi-key: sk-one", "Authorization: Bearer sk-one\nAuthorization: Bearer sk-two", "api-key: sk-one",
        "Authorization: Basic dTpw", "Authorization: Bearer  sk", "Authorization: Bearer a, Bearer b", "api-key: a\napi-key: a", "api-key: ", "Authorization: ",
        "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.sk-one, openai-beta.realtime-v1", "Sec-WebSocket-Protocol: openai-insecure-api-key.\nAuthorization: Bearer sk",
    ]);

    public override IReadOnlyList<string> Words { get; } =
        ["Authorization: ", "api-key: ", "Bearer ", "bearer", "\n", " ", "\t", ",", "sk-one", "sk-two", ":", "n1 Bearer k", "Basic ", "Sec-WebSocket-Protocol: ", KeyProtocol, "openai-organization.x"];

    public override IReadOnlyList<string> Reaches => ["none", "one", "ambiguous"];

    public override ValueTask<string> TryAsync(byte[] input)
    {
        IHeaderDictionary headers = new HeaderDictionary();
        foreach (string line in Encoding.Latin1.GetString(input).Split('\n'))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                string name = line[..colon];
                headers[name] = StringValues.Concat(headers[name], line[(colon + 1)..].Trim(' ', '\t', '\r'));
            }
        }

        string? key = CredentialReader.Read(headers);
        Assert.Equal(Expected(headers), key);
        Assert.Equal(headers.Authorization.Count == 1 ? Bearer(headers.Authorization[0]) : null, CredentialReader.ReadBearer(headers));

        string? forTunnel = WebSocketCredential.Read(headers, "");
        bool isOffered = headers.SecWebSocketProtocol.ToString().Contains(KeyProtocol, StringComparison.OrdinalIgnoreCase);
        Assert.True(isOffered || forTunnel == key, "a key for a tunnel that nobody gave");
        Assert.True(forTunnel is null || key is null || forTunnel == key, "two keys, and one of them taken");
        bool isSomething = headers.Authorization.Count > 0 || headers.ContainsKey("api-key");
        return new(key is not null ? "one" : isSomething ? "ambiguous" : "none");
    }

    private static string? Expected(IHeaderDictionary headers)
    {
        string?[] apiKeys = [.. headers["api-key"]];
        string?[] bearers = [.. headers.Authorization];
        if (apiKeys.Length > 1 || bearers.Length > 1 || (bearers.Length == 1 && Bearer(bearers[0]) is null))
        {
            return null;
        }

        string[] keys = [.. apiKeys.Concat(bearers.Select(Bearer)).Where(static key => !string.IsNullOrEmpty(key)).Select(static key => key!).Distinct()];
        return keys.Length == 1 ? keys[0] : null;
    }

    private static string? Bearer(string? value) => OneBearer().Match(value ?? "") is { Success: true } match ? match.Groups["key"].Value : null;

    [GeneratedRegex(@"\ABearer (?<key>[^ \t,]+)\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex OneBearer();
}
