using Gateway.Configuration;
using Gateway.Redis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Support;

/// <summary>A real Redis and a connection to it as the gateway has one.</summary>
internal sealed class RedisRig : IAsyncDisposable
{
    private RedisRig(RedisServer server, RedisConnection connection) => (Server, Connection) = (server, connection);

    public RedisServer Server { get; }

    public RedisConnection Connection { get; }

    /// <param name="time">One that stands still lets no answer be late.</param>
    public static async Task<RedisRig> StartAsync(TimeProvider? time = null)
    {
        RedisServer server = await RedisServer.StartAsync();
        return new RedisRig(server, await ConnectAsync(server, time));
    }

    /// <summary>Another connection, as another gateway would have it.</summary>
    public static async Task<RedisConnection> ConnectAsync(RedisServer server, TimeProvider? time = null)
    {
        var options = new OptionsSnapshot(new GatewayOptions { Endpoints = [], Instances = [], RedisUrl = server.Url });
        var connection = new RedisConnection(options, time ?? TimeProvider.System, NullLogger<RedisConnection>.Instance);
        await connection.StartAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => connection.IsAvailable);
        return connection;
    }

    /// <summary>For a gateway: no answer of Redis is late, however busy the machine is.</summary>
    public static void NeverLate(IServiceCollection services) => services.AddSingleton(static provider => new RedisConnection(
        provider.GetRequiredService<OptionsSnapshot>(), new ManualTimeProvider(), provider.GetRequiredService<ILogger<RedisConnection>>()));

    public async ValueTask DisposeAsync()
    {
        await Connection.StopAsync(CancellationToken.None);
        Connection.Dispose();
        await Server.DisposeAsync();
    }
}
