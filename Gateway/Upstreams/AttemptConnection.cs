namespace Gateway.Upstreams;

/// <summary>
/// Which connection carries an attempt. None over HTTP/2, where many share one: there the handler ends a call by a reset frame, which is sent
/// before anything that follows it.
/// </summary>
internal sealed class AttemptConnection
{
    private volatile UpstreamConnection? _connection;

    /// <summary>
    /// Tells whether the request's body is begun and not all written: between two writes it looks whole, and an upstream with much of it still
    /// to read would hold its slot until it had. Null without a body, and after the call: an idle connection keeps nothing of it.
    /// </summary>
    public Func<bool>? IsUnfinished { get; set; }

    /// <summary>Completes when the upstream has let go of the call. A call that ended in order has completed already.</summary>
    public Task Ended => _connection is { IsAbandoned: true } connection ? connection.Ended : Task.CompletedTask;

    /// <summary>Closes the connection, whatever is under way on it.</summary>
    public void Abandon() => _connection?.Dispose();

    public void CarriedBy(UpstreamConnection connection) => _connection = connection;
}
