using StackExchange.Redis;

namespace Gateway.Redis;

/// <summary>Between half a second and two seconds: soon, but a fleet of gateways does not fall upon a Redis that comes back.</summary>
internal sealed class JitteredReconnect : IReconnectRetryPolicy
{
    private const int LeastMilliseconds = 500;
    private const int MostMilliseconds = 2000;

    public bool ShouldRetry(long currentRetryCount, int timeElapsedMillisecondsSinceLastRetry) =>
        timeElapsedMillisecondsSinceLastRetry >= Random.Shared.Next(LeastMilliseconds, MostMilliseconds);
}
