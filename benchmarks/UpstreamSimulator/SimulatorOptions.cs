namespace UpstreamSimulator;

/// <summary>What a simulator does when a request does not say otherwise.</summary>
public sealed record SimulatorOptions
{
    /// <summary>The loopback port to listen on; 0 takes a free one. Default 9900.</summary>
    public int Port { get; init; } = 9900;

    /// <summary>Calls served at once; one more is refused with 429. 0 (the default) sets no limit.</summary>
    public int Concurrency { get; init; }

    /// <summary>Milliseconds before the first token. Default 0.</summary>
    public int TtftMs { get; init; }

    /// <summary>Tokens per second after the first; 0 (the default) answers all at once.</summary>
    public double TokensPerSecond { get; init; }

    /// <summary>Tokens of an answer, unless the request asks for fewer. Default 16.</summary>
    public int Tokens { get; init; } = 16;

    /// <summary>
    /// Whether the requests and calls are kept for a test to read (bounded: the newest 2,000 requests, 1 MiB of body each, and the
    /// newest 100,000 calls). Default true; the command line turns it off, because a load run must not pay for it.
    /// </summary>
    public bool Record { get; init; } = true;
}
