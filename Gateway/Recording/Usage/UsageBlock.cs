using System.Globalization;
using StackExchange.Redis;

namespace Gateway.Recording.Usage;

/// <summary>
/// Where usage lies on Redis: a hash for each hour of minutes, and for each day of hours, with a field for each gateway and slot. Each gateway
/// writes its own fields only, and always the whole sum: written twice, it is still the same, and the sums of all add up.
/// </summary>
internal static class UsageBlock
{
    /// <summary>Beyond the last slot of a block that anybody asks for.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromHours(1);

    public static long Of(UsageResolution resolution, long slot) => slot / resolution.BlockSlots;

    public static RedisKey Key(UsageResolution resolution, long block) =>
        string.Create(CultureInfo.InvariantCulture, $"gateway:usage:{resolution.Name}:{block}");

    public static RedisValue Field(Guid gateway, long slot) => string.Create(CultureInfo.InvariantCulture, $"{gateway:n}:{slot}");

    /// <summary>In seconds, from now. However often it is written, it goes when nobody asks for it any more.</summary>
    public static long Lifetime(UsageResolution resolution, long block, DateTimeOffset now)
    {
        DateTimeOffset end = resolution.StartOf((block + 1) * resolution.BlockSlots);
        return (long)(end + (resolution.Step * resolution.Slots) + Reserve - now).TotalSeconds;
    }

    public static bool TryParse(string? field, out Guid gateway, out long slot)
    {
        (gateway, slot) = (default, 0);
        string[] parts = (field ?? "").Split(':');
        return parts.Length == 2 && Guid.TryParseExact(parts[0], "n", out gateway)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out slot);
    }
}
