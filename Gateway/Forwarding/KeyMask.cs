using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Gateway.Forwarding;

/// <summary>
/// Upstreams that refuse a call may repeat the key they were shown, and proxies the password. Where it is not the caller's own it stops here: stars
/// of the same number take its place, and nothing else changes.
/// </summary>
internal static class KeyMask
{
    /// <summary>What is shorter is a word like "none" that a local server takes for a key, and could stand in any text.</summary>
    public const int MinLength = 8;

    /// <summary>The longest compressed refusal that is looked into.</summary>
    private const int MaxEncoded = 64 * 1024;

    /// <summary>Of one, the longest plain text.</summary>
    private const int MaxPlain = 1024 * 1024;

    private static readonly string[] KeyHeaders = ["Authorization", "api-key"];
    private static readonly string[] ProxyHeaders = ["Proxy-Authorization"];

    /// <summary>Call for a refusal, before anything else reads it.</summary>
    /// <param name="request">As it was sent: the keys are taken from there, wherever they came from.</param>
    /// <param name="answer">Its answer.</param>
    /// <param name="isReplaced">The caller's credential was replaced.</param>
    /// <param name="cancellationToken">Of the attempt.</param>
    public static async ValueTask ApplyAsync(HttpRequestMessage request, HttpResponseMessage answer, bool isReplaced, CancellationToken cancellationToken)
    {
        HttpHeadersNonValidated sent = request.Headers.NonValidated;
        string?[] shown = [isReplaced ? KeyOf(sent, KeyHeaders) : null, KeyOf(sent, ProxyHeaders)];
        string[] keys = [.. shown.OfType<string>()];
        if (keys.Length == 0)
        {
            return;
        }

        foreach (string key in keys)
        {
            MaskHeaders(answer.Headers, key);
            MaskHeaders(answer.Content.Headers, key);
        }

        byte[][] secrets = [.. keys.SelectMany(FormsOf).Select(Encoding.Latin1.GetBytes)];
        if (answer.Content.Headers.ContentEncoding.Count == 0)
        {
            Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken);
            foreach (byte[] secret in secrets)
            {
                body = new MaskedStream(body, secret);
            }

            answer.Content = new ReadThroughContent(answer.Content, body);
        }
        else
        {
            await MaskEncodedAsync(answer, secrets, cancellationToken);
        }
    }

    /// <summary>Puts stars over every whole occurrence.</summary>
    public static void Mask(Span<byte> text, ReadOnlySpan<byte> secret)
    {
        int at;
        while ((at = text.IndexOf(secret)) >= 0)
        {
            text.Slice(at, secret.Length).Fill((byte)'*');
            text = text[(at + secret.Length)..];
        }
    }

    private static string? KeyOf(HttpHeadersNonValidated headers, string[] names)
    {
        foreach (string name in names)
        {
            if (headers.TryGetValues(name, out HeaderStringValues values))
            {
                string value = values.ToString();
                string key = value[(value.LastIndexOf(' ') + 1)..];
                return key.Length >= MinLength ? key : null;
            }
        }

        return null;
    }

    /// <summary>The key as servers write it into JSON: nearly always the one form, but some escape the slash, or what HTML could take for its own.</summary>
    private static IEnumerable<string> FormsOf(string key)
    {
        string slashed = key.Replace("/", "\\/", StringComparison.Ordinal);
        return new[] { key, slashed, Escaped(key, "X4"), Escaped(key, "x4"), Escaped(slashed, "X4"), Escaped(slashed, "x4") }.Distinct(StringComparer.Ordinal);
    }

    private static string Escaped(string key, string format) =>
        string.Concat(key.Select(c => c is '+' or '&' or '<' or '>' or '\'' ? "\\u" + ((int)c).ToString(format, CultureInfo.InvariantCulture) : c.ToString()));

    private static void MaskHeaders(HttpHeaders headers, string key)
    {
        (string Name, string[] Values)[] telling = [.. headers.NonValidated
            .Where(header => header.Value.Any(value => value.Contains(key, StringComparison.Ordinal)))
            .Select(static header => (header.Key, header.Value.ToArray()))];
        foreach ((string name, string[] values) in telling)
        {
            headers.Remove(name);
            headers.TryAddWithoutValidation(name, values.Select(value => value.Replace(key, new string('*', key.Length), StringComparison.Ordinal)));
        }
    }

    /// <summary>Compressed text cannot be changed in its place: one that holds the key goes on as plain text.</summary>
    private static async Task MaskEncodedAsync(HttpResponseMessage answer, byte[][] secrets, CancellationToken cancellationToken)
    {
        Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        byte[] read = new byte[MaxEncoded + 1];
        int length = await body.ReadAtLeastAsync(read, read.Length, throwOnEndOfStream: false, cancellationToken);
        byte[] plain = EncodedBody.DecodeEnd(answer.Content.Headers.NonValidated, read.AsMemory(0, length), MaxPlain, out long? plainLength).ToArray();
        bool isTooLong = length > MaxEncoded || plainLength > plain.Length;
        if (!isTooLong && !Array.Exists(secrets, secret => plain.AsSpan().IndexOf(secret) >= 0))
        {
            answer.Content = new ReadThroughContent(answer.Content, new ResumedStream(read.AsMemory(0, length), body));
            return;
        }

        // Nobody could say what stands in the rest of it.
        byte[] masked = isTooLong ? """{"error":{"message":"What the upstream said is too long to be looked through for its key.","type":"upstream_error"}}"""u8.ToArray() : plain;
        foreach (byte[] secret in secrets)
        {
            Mask(masked, secret);
        }

        var content = new ByteArrayContent(masked);
        content.Headers.TryAddWithoutValidation("Content-Type", answer.Content.Headers.NonValidated.TryGetValues("Content-Type", out HeaderStringValues type) ? type.ToString() : null);
        content.Headers.ContentLength = masked.Length;

        // What is left of it is not read: its connection is not one that others could use.
        answer.Content.Dispose();
        answer.Content = content;
    }
}
