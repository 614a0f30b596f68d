namespace Gateway.Management.Dashboard.Feed;

/// <summary>The gateway at one moment, as the dashboard draws it.</summary>
internal sealed record Frame
{
    /// <summary>Of this process: event numbers begin anew with it.</summary>
    public required string Run { get; init; }

    public required string Version { get; init; }

    /// <summary>It takes the admin token to see this.</summary>
    public required bool Guarded { get; init; }

    public required bool Draining { get; init; }

    /// <summary>Most urgent first.</summary>
    public required IReadOnlyList<FrameTier> Tiers { get; init; }

    /// <summary>Waiting ones in the order they will be served, then those that hold a slot; of each tier as many as are drawn.</summary>
    public required IReadOnlyList<FrameItem> Items { get; init; }

    public required IReadOnlyList<FrameInstance> Instances { get; init; }

    public required FrameTraffic Traffic { get; init; }

    public required FrameCache Cache { get; init; }

    public required FrameLimits Limits { get; init; }

    /// <summary>Those since the frame that the watcher got before; in its first frame, all that are kept.</summary>
    public IReadOnlyList<LiveEvent> Events { get; init; } = [];
}
