using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.Tests.Canaries;

/// <summary>Secrets that can be told from everything else wherever they turn up, each naming the place it was planted in.</summary>
internal static partial class Canary
{
    private const string Mark = "zq7canary";

    /// <summary>What Base64 makes of the mark, wherever in a group of three bytes it begins.</summary>
    private static readonly string[] Encoded = [.. Enumerable.Range(0, 3).Select(static lead =>
        Convert.ToBase64String([.. new byte[lead], .. Encoding.ASCII.GetBytes(Mark)])[(lead == 0 ? 0 : lead + 1)..11])];

    public static string Of(string place) => $"{Mark}-{place}-0123456789abcdef";

    /// <summary>The places whose secret the text holds, in clear (any case) or in Base64.</summary>
    public static IReadOnlyList<string> In(string text) =>
    [
        .. Planted().Matches(text).Select(static match => match.Groups["place"].Value).Distinct(),
        .. Encoded.Where(encoded => text.Contains(encoded, StringComparison.Ordinal)).Select(static _ => "something in Base64").Distinct(),
    ];

    [GeneratedRegex(Mark + "(-(?<place>[a-z]+(-[a-z]+)*))?", RegexOptions.IgnoreCase)]
    private static partial Regex Planted();
}
