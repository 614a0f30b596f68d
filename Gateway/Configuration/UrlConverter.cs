using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Configuration;

/// <summary>Writes a URL without the user and password it may carry.</summary>
internal sealed class UrlConverter : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteStringValue(WithoutCredentials(value));

    /// <summary>
    /// The text with everything between <c>://</c> and the last <c>@</c> of the authority masked, and a query, in which some write a password too; also for
    /// text that is no valid URL.
    /// </summary>
    public static string WithoutCredentials(string url)
    {
        int scheme = url.IndexOf("://", StringComparison.Ordinal);
        int start = scheme < 0 ? 0 : scheme + 3;
        int query = scheme < 0 ? -1 : url.IndexOf('?', start);
        if (query >= 0)
        {
            url = string.Concat(url.AsSpan(0, query + 1), SecretConverter.Mask);
        }

        int at = url.LastIndexOf('@');
        return at < start ? url : string.Concat(url.AsSpan(0, start), SecretConverter.Mask, url.AsSpan(at));
    }
}
