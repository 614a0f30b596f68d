using Gateway.Redis;
using StackExchange.Redis;

namespace Gateway.Recording.Usage;

/// <summary>Reads the usage: this gateway's own, and with Redis that of all gateways on it.</summary>
internal sealed class UsageLookup(UsageHistory history, RedisConnection redis)
{
    /// <summary>Sums per point of a time series.</summary>
    /// <param name="resolution">How finely to look.</param>
    /// <param name="first">The first slot.</param>
    /// <param name="points">How many points.</param>
    /// <param name="slotsPerPoint">How many slots each of them sums up.</param>
    public async ValueTask<UsageSeries> ReadAsync(UsageResolution resolution, long first, int points, int slotsPerPoint)
    {
        UsageSlot[] sums = [.. Enumerable.Range(0, points).Select(static _ => new UsageSlot())];
        for (int i = 0; i < points * slotsPerPoint; i++)
        {
            history.AddTo(sums[i / slotsPerPoint], resolution, first + i);
        }

        List<(long Slot, byte[] Sums)>? others = await OthersAsync(resolution, first, first + (points * slotsPerPoint) - 1);
        foreach ((long slot, byte[] other) in others ?? [])
        {
            // What cannot be read was not written by a gateway.
            sums[(int)((slot - first) / slotsPerPoint)].TryAdd(other);
        }

        return new UsageSeries(sums, IsShared: others is not null);
    }

    /// <summary>What the other gateways have written, and this one before it began anew; null when Redis does not say, or not all of it.</summary>
    private async ValueTask<List<(long Slot, byte[] Sums)>?> OthersAsync(UsageResolution resolution, long first, long last)
    {
        if (!redis.IsAvailable)
        {
            return null;
        }

        List<(long, byte[])> others = [];
        for (long block = UsageBlock.Of(resolution, first); block <= UsageBlock.Of(resolution, last); block++)
        {
            RedisKey key = UsageBlock.Key(resolution, block);
            (bool ok, HashEntry[]? fields) = await redis.TryAsync(database => database.HashGetAllAsync(key));
            if (!ok)
            {
                return null;
            }

            foreach (HashEntry field in fields!)
            {
                if (UsageBlock.TryParse(field.Name, out Guid gateway, out long slot) && gateway != history.Id && slot >= first && slot <= last)
                {
                    others.Add((slot, (byte[])field.Value!));
                }
            }
        }

        return others;
    }
}
