using System.Globalization;
using Chaos.Calling;

namespace Chaos.Processes;

/// <summary>Commands to a Redis over a connection of their own.</summary>
internal static class RedisQuery
{
    /// <summary>The reply as it came.</summary>
    public static async Task<string> AskAsync(Server redis, string command, CancellationToken stop)
    {
        using RawCaller caller = await RawCaller.OpenAsync(redis.Port, stop);
        await caller.SendAsync($"AUTH {Canaries.Redis}\r\n", stop);
        await caller.ReadAsync(stop);
        await caller.SendAsync(command + "\r\n", stop);
        return await caller.ReadAsync(stop);
    }

    public static async Task<long> KeysAsync(Server redis, CancellationToken stop) =>
        long.Parse((await AskAsync(redis, "DBSIZE", stop)).Trim(':', '\r', '\n'), CultureInfo.InvariantCulture);
}
