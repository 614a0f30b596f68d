using System.Collections.Frozen;
using System.Globalization;

namespace Gateway.Recording.Metrics;

/// <summary>A status as a label. An upstream may send any number: only the known ones are told apart, the rest by their class.</summary>
internal static class StatusLabel
{
    private static readonly FrozenDictionary<int, string> Known = new[]
    {
        101, 200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414, 415, 416, 418, 421,
        422, 424, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502, 503, 504, 507, 520, 521, 522, 523, 524, 529,
    }.ToFrozenDictionary(static status => status, static status => status.ToString(CultureInfo.InvariantCulture));

    private static readonly string[] Classes = [.. Enumerable.Range(0, 10).Select(static digit => string.Create(CultureInfo.InvariantCulture, $"{digit}xx"))];

    public static string Of(int status) => Known.TryGetValue(status, out string? label) ? label : ClassOf(status);

    /// <summary>Such as <c>4xx</c>.</summary>
    public static string ClassOf(int status) => Classes[Math.Clamp(status / 100, 0, Classes.Length - 1)];
}
