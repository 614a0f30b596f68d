namespace Load.Replay;

/// <summary>Turns a trace into the load of a run: who arrives when, and how long an attempt holds its slot.</summary>
internal sealed class ReplayLoad
{
    /// <summary>Tier index of the code trace.</summary>
    public const int Urgent = 0;

    /// <summary>Tier index of the conversation trace.</summary>
    public const int Low = 1;

    public const int Slots = 30;

    // A request costs 50 ms, then its prompt is read at 10,000 tokens a second and its answer written at 40.
    private const long BaseTicks = TimeSpan.TicksPerMillisecond * 50;
    private const long TicksPerContextToken = TimeSpan.TicksPerSecond / 10_000;
    private const long TicksPerGeneratedToken = TimeSpan.TicksPerSecond / 40;

    private readonly AzureTrace _trace;
    private readonly long _start;

    public ReplayLoad(AzureTrace trace)
    {
        _trace = trace;
        _start = Rows.Min(static row => row.At);
        Horizon = Rows.Max(static row => row.At) - _start;
        double slotTicks = Rows.Sum(static row => (double)Prefill(row) + Output(row));
        Utilization = slotTicks / SlotTicks;
    }

    /// <summary>Time of the last arrival, counted from the first. The traces are replayed at their own pace.</summary>
    public long Horizon { get; }

    /// <summary>Slot time that all requests ask for, as a share of what there is until the last arrival.</summary>
    public double Utilization { get; }

    public int UrgentCount => _trace.Code.Count;

    public int LowCount => _trace.Conversation.Count;

    /// <summary>All slot time until the last arrival.</summary>
    public double SlotTicks => (double)Slots * Math.Max(1, Horizon);

    private IEnumerable<TraceRow> Rows => _trace.Code.Concat(_trace.Conversation);

    /// <summary>New items in the order of their arrival; of two at one instant the urgent one comes first.</summary>
    public List<SimulatedItem> MakeItems() =>
        [.. _trace.Code.Select(row => MakeItem(Urgent, row))
            .Concat(_trace.Conversation.Select(row => MakeItem(Low, row)))
            .OrderBy(static item => item.ArrivesAt)];

    private SimulatedItem MakeItem(int tier, in TraceRow row) =>
        new(tier, row.At - _start, Prefill(row) + Output(row)) { Prefill = Prefill(row) };

    private static long Prefill(in TraceRow row) => BaseTicks + (row.ContextTokens * TicksPerContextToken);

    private static long Output(in TraceRow row) => row.GeneratedTokens * TicksPerGeneratedToken;
}
