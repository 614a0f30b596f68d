using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace UpstreamSimulator.Connections;

/// <summary>
/// Keeps the server's side of a connection open until the request has ended. Measured: Kestrel aborts the connection, and so sends its
/// FIN, the moment it reads the client's FIN, while the handler still runs. Here a FIN is to mean "your call has ended", as the
/// gateway's confirmed abort reads it; so an abort that only answers the client's close waits for the handler.
/// </summary>
internal sealed class HeldConnection(ConnectionContext inner) : ConnectionContext, IDuplexPipe
{
    private readonly HeldOutput _output = new(inner.Transport.Output);
    private readonly HeldInput _input = new(inner.Transport.Input);

    public PipeReader Input => _input;

    public PipeWriter Output => _output;

    public override IDuplexPipe Transport
    {
        get => this;
        set => throw new NotSupportedException();
    }

    public override string ConnectionId
    {
        get => inner.ConnectionId;
        set => inner.ConnectionId = value;
    }

    public override IFeatureCollection Features => inner.Features;

    public override IDictionary<object, object?> Items
    {
        get => inner.Items;
        set => inner.Items = value;
    }

    public override CancellationToken ConnectionClosed
    {
        get => inner.ConnectionClosed;
        set => inner.ConnectionClosed = value;
    }

    public override EndPoint? LocalEndPoint
    {
        get => inner.LocalEndPoint;
        set => inner.LocalEndPoint = value;
    }

    public override EndPoint? RemoteEndPoint
    {
        get => inner.RemoteEndPoint;
        set => inner.RemoteEndPoint = value;
    }

    /// <summary>The connection middleware.</summary>
    public static ConnectionDelegate Use(ConnectionDelegate next) => async connection =>
    {
        try
        {
            await next(new HeldConnection(connection));
        }
        finally
        {
            // Every handler has returned: now the FIN may go out.
            await connection.Transport.Output.CompleteAsync();
        }
    };

    /// <summary>Aborts, unless the client has closed already: then the end of the middleware closes.</summary>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (!inner.ConnectionClosed.IsCancellationRequested && !_input.HasEnded) inner.Abort(abortReason);
    }
}
