namespace Gateway.Configuration;

/// <summary>Bounds of the process. Key: <c>limits</c>.</summary>
internal sealed record LimitOptions
{
    /// <summary>Largest JSON body in bytes; more is answered 413. Default 32 MiB, range 1KiB..1GiB.</summary>
    public long MaxBodyBytes { get; init; } = 32L << 20;

    /// <summary>Largest multipart or binary upload in bytes. Default 512 MiB, range 1KiB..64GiB, at least <c>max_body_bytes</c>.</summary>
    public long MaxUploadBytes { get; init; } = 512L << 20;

    /// <summary>Bytes of all bodies held in memory together. Default 1 GiB, range 1KiB..1TiB, at least <c>max_body_bytes</c>.</summary>
    public long BufferedBytes { get; init; } = 1L << 30;

    /// <summary>Bytes of all uploads held in temporary files together. Default 8 GiB, range 1KiB..16TiB, at least <c>max_body_bytes</c>.</summary>
    public long SpilledBytes { get; init; } = 8L << 30;

    /// <summary>Open client connections, on each port. Default 20000, range 1..1000000. A change needs a restart.</summary>
    public int MaxConnections { get; init; } = 20_000;

    /// <summary>How long running requests may take to finish at shutdown. Default 10 min, range 0..24h.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromMinutes(10);
}
