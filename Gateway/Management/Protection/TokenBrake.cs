using System.Numerics;

namespace Gateway.Management.Protection;

/// <summary>
/// Makes guessing slow: the answers to wrong tokens leave one behind the other. A right token never waits, so that nobody can lock an operator
/// out by guessing.
/// </summary>
internal sealed partial class TokenBrake(TimeProvider time, ILogger<TokenBrake> logger)
{
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(250);

    /// <summary>Beyond it nobody learns more by waiting, and each who waits holds a connection.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private DateTimeOffset _free = DateTimeOffset.MinValue;
    private long _failures;

    /// <summary>Counts one more. Worth telling is each power of two: a storm must not fill the log.</summary>
    public (long Total, bool IsWorthTelling) Count()
    {
        long total = Interlocked.Increment(ref _failures);
        return (total, BitOperations.IsPow2(total));
    }

    /// <summary>For a token that was wrong: counts it, tells it, and completes when the answer may go.</summary>
    public Task HoldAsync(CancellationToken cancellationToken)
    {
        if (Count() is { IsWorthTelling: true } failures)
        {
            Log.Failed(logger, failures.Total);
        }

        return WaitAsync(cancellationToken);
    }

    public Task WaitAsync(CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_lock)
        {
            DateTimeOffset now = time.GetUtcNow();
            DateTimeOffset turn = (_free > now ? _free : now) + Gap;
            wait = turn - now < Longest ? turn - now : Longest;
            _free = now + wait;
        }

        return Task.Delay(wait, time, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(3212, LogLevel.Warning, "A wrong admin token was sent; {Total} since the start")]
        public static partial void Failed(ILogger logger, long total);
    }
}
