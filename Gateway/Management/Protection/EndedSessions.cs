namespace Gateway.Management.Protection;

/// <summary>Sessions that were signed out of, for as long as their cookies would be good otherwise. Of this process: another gateway does not know them.</summary>
internal sealed class EndedSessions
{
    /// <summary>Only who knows the token has sessions to end; beyond so many the oldest is forgotten, which is the next to be over anyway.</summary>
    public const int Capacity = 4096;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _sessions = [];

    /// <summary>In the order they were ended.</summary>
    private readonly Queue<(string Session, DateTimeOffset Over)> _order = new();

    public void Add(string session, DateTimeOffset now)
    {
        lock (_lock)
        {
            while (_order.TryPeek(out (string Session, DateTimeOffset Over) oldest) && (oldest.Over <= now || _order.Count == Capacity))
            {
                _sessions.Remove(_order.Dequeue().Session);
            }

            if (_sessions.Add(session))
            {
                _order.Enqueue((session, now + AdminToken.SessionLife));
            }
        }
    }

    public bool Contains(string session)
    {
        lock (_lock)
        {
            return _sessions.Contains(session);
        }
    }
}
