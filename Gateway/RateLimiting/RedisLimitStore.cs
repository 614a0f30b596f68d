using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Gateway.Redis;
using StackExchange.Redis;

namespace Gateway.RateLimiting;

/// <summary>Windows that all gateways on one Redis share: each demand is one atomic script, timed by the clock of Redis.</summary>
/// <param name="redis">The connection.</param>
/// <param name="window">Length of the windows.</param>
internal sealed class RedisLimitStore(RedisConnection redis, TimeSpan window) : ILimitStore
{
    /// <summary>What the script tells of each demand.</summary>
    private const int NumbersEach = 5;

    private readonly RedisValue _window = (long)window.TotalMicroseconds;

    public async ValueTask<LimitAnswer?> TakeAsync(LimitDemand first, LimitDemand second = default)
    {
        RedisKey[] keys = second.IsNone ? [KeyOf(first.Key)] : [KeyOf(first.Key), KeyOf(second.Key)];
        RedisValue[] values = second.IsNone
            ? [_window, first.Limit, first.Amount]
            : [_window, first.Limit, first.Amount, second.Limit, second.Amount];
        (bool ok, RedisResult? result) = await redis.TryRunAsync(LimitScripts.Take, keys, values);
        if (!ok)
        {
            return null;
        }

        long[] numbers = new long[1 + (second.IsNone ? NumbersEach : 2 * NumbersEach)];
        if ((RedisValue[]?)result is not { } told || !AreNumbers(told, numbers))
        {
            // Somebody else has written into the window.
            return null;
        }

        bool isGranted = numbers[0] == 1;
        return new LimitAnswer(isGranted, StateOf(numbers.AsSpan(1), first, isGranted), second.IsNone ? default : StateOf(numbers.AsSpan(1 + NumbersEach), second, isGranted));
    }

    public async ValueTask SettleAsync(LimitReceipt receipt, long actual)
    {
        // Not worth a second try: what was taken leaves with the window.
        if (receipt.SharedSlot >= 0 && actual != receipt.Amount)
        {
            await redis.TryRunAsync(LimitScripts.Settle, [KeyOf(receipt.Key)], [_window, receipt.SharedSlot, receipt.Amount, actual]);
        }
    }

    private static bool AreNumbers(RedisValue[] told, Span<long> numbers)
    {
        bool are = told.Length == numbers.Length;
        for (int i = 0; are && i < numbers.Length; i++)
        {
            are = long.TryParse((string?)told[i], CultureInfo.InvariantCulture, out numbers[i]);
        }

        return are;
    }

    private static LimitState StateOf(ReadOnlySpan<long> numbers, in LimitDemand demand, bool isGranted) => new(
        numbers[0],
        numbers[1],
        numbers[2] < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMicroseconds(numbers[2]),
        TimeSpan.FromMicroseconds(numbers[3]),
        isGranted ? new LimitReceipt(demand.Key, demand.Amount, LocalSlot: -1, numbers[4]) : default);

    /// <summary>Hashed: Redis learns neither an address nor a digest by which a weak key could be guessed.</summary>
    private static RedisKey KeyOf(in LimitKey key)
    {
        Span<byte> source = stackalloc byte[17];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        source[0] = (byte)key.Kind;
        BinaryPrimitives.WriteUInt128BigEndian(source[1..], key.Principal);
        SHA256.HashData(source, hash);
        return $"gateway:limit:{Convert.ToHexStringLower(hash[..16])}";
    }
}
