using System.Collections.Frozen;
using System.Globalization;

namespace Gateway.Recording.Metrics;

/// <summary>A status as a label. An upstream may send any number: only the known ones are told apart, the rest by their class.</summary>
internal static class StatusLabel
{
    private static readonly FrozenSet<int> Known = FrozenSet.ToFrozenSet<int>(
    [
        101, 200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414, 415, 416, 418, 421,
        422, 424, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502, 503, 504, 507, 520, 521, 522, 523, 524, 529,
    ]);

    private static readonly string[] Labels = [.. Enumerable.Range(0, 1000).Select(static status =>
        Known.Contains(status) ? status.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{status / 100}xx"))];

    /// <summary>The same for all that have the same label.</summary>
    public static int Code(int status) => Known.Contains(status) ? status : Math.Clamp(status / 100, 0, 9) * 100;

    /// <param name="code">Of <see cref="Code"/>.</param>
    public static string Of(int code) => Labels[Math.Clamp(code, 0, Labels.Length - 1)];

    /// <summary>Such as <c>4xx</c>.</summary>
    public static string ClassOf(int status) => Labels[(Math.Clamp(status / 100, 0, 9) * 100) + 99];
}
