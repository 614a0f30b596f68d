using System.Net;
using System.Text;
using Gateway.Configuration;
using Gateway.Requests;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
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

    /// <summary>The sockets, of which no more are open than the process has files for.</summary>
    /// <param name="provider">Of the app.</param>
    /// <param name="options">At the start: a reload that adds slots does not move the bound.</param>
    /// <param name="listeners">Each of them waits for one connection more, which costs nothing until it is there.</param>
    public static IConnectionListenerFactory Transport(IServiceProvider provider, GatewayOptions options, ListenerTable listeners)
    {
        var sockets = ActivatorUtilities.CreateInstance<SocketTransportFactory>(provider);
        int most = MostCallers(options);
        return most == int.MaxValue ? sockets : new BoundedAccept(sockets, most + DescriptorBudget.AtTheDoor + Ports(listeners).Length);
    }

    public static void Configure(KestrelServerOptions kestrel, GatewayOptions options, ListenerTable listeners)
    {
        // Bare line feeds as line ends are how one request is smuggled inside another.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = options.Limits.MaxConnections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = options.Limits.MaxConnections;

        // Body sizes are checked while reading, where JSON and uploads have limits of their own.
        kestrel.Limits.MaxRequestBodySize = null;

        // A slow upload is no attack as long as it moves: Kestrel's own grace is 5 seconds.
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(BodyPace.BytesPerSecond, BodyPace.Look);

        // Header bytes pass as they are; Latin-1 is the one encoding that loses none.
        var lengths = new LengthEncoding();
        var connections = new ConnectionEncoding();
        kestrel.RequestHeaderEncodingSelector = name => name == HeaderNames.ContentLength ? lengths : name == HeaderNames.Connection ? connections : Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;

        // Callers that take all there is leave whoever runs the gateway, and whoever asks for its health, their own.
        int most = MostCallers(options);
        int kept = listeners.Management is null ? 0 : DescriptorBudget.Operators(most);
        var callers = new Crowd(most - kept);
        var operators = new Crowd(kept);
        foreach (Listener listener in Ports(listeners))
        {
            Crowd crowd = ReferenceEquals(listener, listeners.Management) ? operators : callers;
            Listen(kestrel, options.Host, listener.Port, endpoint =>
            {
                endpoint.Protocols = HttpProtocols.Http1;

                // The tier is a property of the socket that accepted the connection: nothing a caller sends can change it.
                endpoint.Use(next => async connection =>
                {
                    connection.Features.Set(listener);
                    try
                    {
                        if (!crowd.Enters())
                        {
                            connection.Abort();
                            return;
                        }

                        await next(connection);
                    }
                    finally
                    {
                        crowd.Leaves();
                    }
                });
            });
        }
    }

    private static Listener[] Ports(ListenerTable listeners) => listeners.Management is { } management ? [.. listeners.All, management] : [.. listeners.All];

    private static int MostCallers(GatewayOptions options)
    {
        long slots = options.Instances.Sum(static instance => (long)instance.MaxConcurrency);
        return DescriptorBudget.Callers(DescriptorBudget.ReadLimits(), (int)Math.Min(int.MaxValue, slots));
    }

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

    /// <summary>Connections of one kind that are open at once; whoever has entered leaves, also when there was no room.</summary>
    private sealed class Crowd(int most)
    {
        private int _present;

        public bool Enters() => Interlocked.Increment(ref _present) <= most;

        public void Leaves() => Interlocked.Decrement(ref _present);
    }
}
