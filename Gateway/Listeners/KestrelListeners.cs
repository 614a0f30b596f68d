using System.Net;
using System.Text;
using Gateway.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Net.Http.Headers;

namespace Gateway.Listeners;

/// <summary>Opens one Kestrel port per listener.</summary>
internal static class KestrelListeners
{
    /// <summary>
    /// Bytes that a connection may be read ahead. Bodies are read into segments of our own as they come; the transport's default of 1 MiB
    /// would double a burst, in memory that it gives back only over minutes.
    /// </summary>
    public const int MaxReadAhead = 128 * 1024;

    public static void Configure(KestrelServerOptions kestrel, GatewayOptions options, ListenerTable listeners)
    {
        // Bare line feeds as line ends are how one request is smuggled inside another.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = options.Limits.MaxConnections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = options.Limits.MaxConnections;

        // Body sizes are checked while reading, where JSON and uploads have limits of their own.
        kestrel.Limits.MaxRequestBodySize = null;

        // A slow upload is no attack as long as it moves: 240 bytes a second after half a minute (Kestrel's own grace is 5 seconds).
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(30));

        // Header bytes pass as they are; Latin-1 is the one encoding that loses none.
        var lengths = new LengthEncoding();
        kestrel.RequestHeaderEncodingSelector = name => name == HeaderNames.ContentLength ? lengths : Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;

        int mostCallers = DescriptorBudget.Callers(DescriptorBudget.ReadLimits(), Slots(options));
        int callers = 0;
        Listener[] ports = listeners.Management is { } management ? [.. listeners.All, management] : [.. listeners.All];
        foreach (Listener listener in ports)
        {
            Listen(kestrel, options.Host, listener.Port, endpoint =>
            {
                endpoint.Protocols = HttpProtocols.Http1;

                // The tier is a property of the socket that accepted the connection: nothing a caller sends can change it.
                endpoint.Use(next => async connection =>
                {
                    connection.Features.Set(listener);
                    try
                    {
                        if (Interlocked.Increment(ref callers) > mostCallers)
                        {
                            connection.Abort();
                            return;
                        }

                        await next(connection);
                    }
                    finally
                    {
                        Interlocked.Decrement(ref callers);
                    }
                });
            });
        }
    }

    private static int Slots(GatewayOptions options) =>
        (int)Math.Min(int.MaxValue, options.Instances.Sum(static instance => (long)instance.MaxConcurrency));

    private static void Listen(KestrelServerOptions kestrel, string host, int port, Action<ListenOptions> configure)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address))
        {
            kestrel.Listen(address, port, configure);
        }
        else if (host is "localhost")
        {
            kestrel.Listen(IPAddress.Loopback, port, configure);
        }
        else
        {
            kestrel.ListenAnyIP(port, configure);
        }
    }
}
