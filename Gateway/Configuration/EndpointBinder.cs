namespace Gateway.Configuration;

/// <summary>Reads one of <c>endpoints[]</c>.</summary>
internal static class EndpointBinder
{
    public static EndpointOptions Bind(NodeReader r) => new()
    {
        // A bad or missing port reads as 0, which clashes with no other.
        Port = r.WholeOrNull("port", 0, 0, 65535, required: true) ?? 0,
        Priority = r.Whole("priority", 1, 0, 1_000_000),
        Preemptive = r.Flag("preemptive", false),
        Name = r.TextOrNull("name", "a name of at most 64 letters, digits, \".\", \"_\" or \"-\"", ValueRules.IsName),
        PreemptAfter = r.Patience("preempt_after", null, "0s", "1h"),
        MaxPreemptions = r.WholeOrNull("max_preemptions", null, 0, 1000),
        OnCommitted = OnCommitted(r, r.ChoiceOrNull("on_committed", EnumText.Of<OnCommittedMode>())),
        QueueTimeout = r.DurationOrNull("queue_timeout", null, "1ms", "24h"),
        MaxQueueLength = r.WholeOrNull("max_queue_length", null, 1, 1_000_000),
        MaxQueueBytes = r.SizeOrNull("max_queue_bytes", "1KiB", "1TiB"),
        AgeLimit = r.DurationOrNull("age_limit", null, "1s", "24h"),
        StreamUpstream = StreamUpstream(r),
    };

    /// <summary>The later modes are known words, so that the answer to them is "not yet" instead of "unknown".</summary>
    public static OnCommittedMode? OnCommitted(NodeReader r, OnCommittedMode? mode)
    {
        if (mode is not (null or OnCommittedMode.Protect))
        {
            r.Report("on_committed", $"\"{EnumText.Of<OnCommittedMode>().First(m => m.Value == mode).Text}\" is a mode of a later version",
                "Set \"protect\", or leave the key out.");
        }

        return mode;
    }

    private static bool? StreamUpstream(NodeReader r)
    {
        bool? stream = r.FlagOrNull("stream_upstream");
        if (stream == true)
        {
            r.Report("stream_upstream", "true arrives with a later version", "Set false, or leave the key out.");
        }

        return stream;
    }
}
