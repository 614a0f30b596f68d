using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Gateway.Configuration;
using Gateway.Upstreams.Azure;

namespace Gateway.Upstreams;

/// <summary>Makes the one long-lived HTTP handler of an instance.</summary>
internal static class UpstreamHandlers
{
    /// <summary>A connection is replaced after this long, so that a changed DNS entry is noticed.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(15);

    private static readonly ConditionalWeakTable<HttpRequestMessage, UpstreamConnection> Connecting = [];

    /// <summary>KiB of an answer's headers; no provider comes near it, and more is an attack on our memory.</summary>
    private const int MaxHeadersLength = 64;

    private const int KeepAliveIdleSeconds = 30;
    private const int KeepAliveIntervalSeconds = 10;
    private const int KeepAliveProbes = 3;

    /// <param name="instance">Whose handler.</param>
    /// <param name="options">Where its time limits are.</param>
    /// <param name="time">Measures them.</param>
    /// <param name="tokens">Needed by an instance that signs in with Entra ID.</param>
    public static HttpMessageInvoker Create(InstanceOptions instance, GatewayOptions options, TimeProvider time, EntraTokens? tokens)
    {
        OutboundProxy? proxy = OutboundProxy.Of(instance.ProxyUrl);
        HttpMessageHandler handler = Connections(proxy, options, time);
        if (proxy is not null)
        {
            handler = new ProxiedHandler(proxy.Authorization, handler);
        }

        return new HttpMessageInvoker(instance.Auth == InstanceAuth.Entra
            ? new EntraHandler(tokens ?? throw new InvalidOperationException("Nobody signs in."), handler)
            : handler);
    }

    private static SocketsHttpHandler Connections(OutboundProxy? proxy, GatewayOptions options, TimeProvider time) => new()
    {
        // A redirect would send the key to a host that the configuration does not name.
        AllowAutoRedirect = false,

        // One cookie jar would be shared by all callers.
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseProxy = proxy is not null,

        // For plain http alone: the tunnels to the others are ours.
        Proxy = proxy is not null ? new WebProxy(proxy.Address, BypassOnLocal: false, [$"^{Uri.UriSchemeHttps}:"]) : null,
        MaxResponseHeadersLength = MaxHeadersLength,
        ConnectTimeout = options.Timeouts.Connect,
        PooledConnectionLifetime = ConnectionLifetime,
        EnableMultipleHttp2Connections = true,

        // An abandoned answer is not read to its end: the call must end upstream, now.
        MaxResponseDrainSize = 0,
        ResponseDrainTimeout = TimeSpan.Zero,

        // Trace headers are the caller's; nothing is added on their way.
        ActivityHeadersPropagator = null,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ConnectCallback = (context, cancellationToken) => ConnectAsync(context, proxy, options.Scheduling.CancelConfirmTimeout, time, cancellationToken),
        PlaintextStreamFilter = FinishConnection,
    };

    /// <summary>The handler tells only here, behind TLS, which protocol was agreed on; the request that asked for the connection links the two calls.</summary>
    private static ValueTask<Stream> FinishConnection(SocketsHttpPlaintextStreamFilterContext context, CancellationToken cancellationToken)
    {
        if (context.NegotiatedHttpVersion >= HttpVersion.Version20)
        {
            return ValueTask.FromResult(context.PlaintextStream);
        }

        if (Connecting.TryGetValue(context.InitialRequestMessage, out UpstreamConnection? connection))
        {
            connection.CarriesOneCall();
        }

        return ValueTask.FromResult<Stream>(new CallStream(context.PlaintextStream, connection));
    }

    private static async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, OutboundProxy? proxy, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        OutboundProxy? tunnel = context.InitialRequestMessage.RequestUri!.Scheme == Uri.UriSchemeHttps ? proxy : null;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // An upstream that vanished without a word is noticed in about a minute, also while nothing is sent.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveIdleSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveIntervalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
            await socket.ConnectAsync(tunnel is null ? context.DnsEndPoint : new DnsEndPoint(tunnel.Address.IdnHost, tunnel.Address.Port), cancellationToken);
            var connection = new UpstreamConnection(socket, patience, time);
            if (tunnel is not null)
            {
                await connection.PassAsync(tunnel, context.DnsEndPoint, cancellationToken);
            }

            Connecting.AddOrUpdate(context.InitialRequestMessage, connection);
            return connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
