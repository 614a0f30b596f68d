using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Gateway.Management.Dashboard;

/// <summary>The page's own files, which are part of the program.</summary>
internal static class PageFiles
{
    private const string Prefix = "dashboard/";

    private static readonly FrozenDictionary<string, byte[]> All = typeof(PageFiles).Assembly.GetManifestResourceNames()
        .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .ToFrozenDictionary(static name => name[Prefix.Length..], Read);

    public static byte[] Page => All["dashboard.html"];

    /// <summary>The sign-in page before <see cref="SignInMessage"/> is filled in.</summary>
    public static string SignIn { get; } = System.Text.Encoding.UTF8.GetString(All["sign-in.html"]);

    /// <summary>Where the sign-in page says what went wrong.</summary>
    public const string SignInMessage = "<!--message-->";

    /// <summary>The style inside the sign-in page, which comes before anybody may ask for a file: allowed by its hash.</summary>
    public static string SignInStyleHash { get; } = HashOf(SignIn);

    /// <summary>Styles and scripts by name.</summary>
    public static bool TryFind(string name, out byte[] content, out string type)
    {
        type = Path.GetExtension(name) switch
        {
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            _ => "",
        };
        content = [];
        return type.Length > 0 && All.TryGetValue(name, out content!);
    }

    private static string HashOf(string page)
    {
        const string begin = "<style>";
        int start = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        string style = page[start..page.IndexOf("</style>", StringComparison.Ordinal)];
        return Convert.ToBase64String(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(style)));
    }

    private static byte[] Read(string name)
    {
        using Stream stream = typeof(PageFiles).Assembly.GetManifestResourceStream(name)!;
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
