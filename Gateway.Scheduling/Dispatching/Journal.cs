using System.Globalization;
using System.Text;

namespace Gateway.Scheduling;

/// <summary>The last 512 events and effects of a core, kept without allocating and written out only when somebody asks.</summary>
public sealed class Journal
{
    private const int Capacity = 512;

    private readonly Entry[] _entries = new Entry[Capacity];
    private long _written;

    /// <summary>The sequence number is passed in, since a submitted item has none before the step.</summary>
    internal void Record(in SchedulerEvent e, long sequence, long now) =>
        _entries[_written++ % Capacity] = new Entry
        {
            Now = now,
            IsEvent = true,
            SlotHeld = e.SlotHeld,
            Kind = (int)e.Kind,
            Sequence = sequence,
            Attempt = e.Attempt,
            Instance = e.Instance,
            Detail = Detail(e),
            Value = e.Value,
            MaxRetries = e.Retry.MaxRetries,
            MaxFailovers = e.Retry.MaxFailovers,
            Unreached = e.Retry.Unreached,
        };

    internal void Record(in Effect effect, long now) =>
        _entries[_written++ % Capacity] = new Entry
        {
            Now = now,
            Kind = (int)effect.Kind,
            Sequence = effect.Item?.Sequence ?? 0,
            Attempt = effect.Attempt,
            Instance = effect.Instance,
            Detail = effect.Kind == EffectKind.Revoke ? (int)effect.Cancellation : (int)effect.End,
            Value = effect.Ticks,
        };

    /// <summary>One line per entry, oldest first: time in ticks, event (&gt;) or effect (&lt;), item and attempt, instance, detail, value, what may follow a failure, and whether the slot is held.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (long i = Math.Max(0, _written - Capacity); i < _written; i++)
        {
            Entry entry = _entries[i % Capacity];
            string kind = entry.IsEvent ? $"> {(SchedulerEventKind)entry.Kind}" : $"< {(EffectKind)entry.Kind}";
            text.Append(CultureInfo.InvariantCulture, $"{entry.Now} {kind} item={entry.Sequence}/{entry.Attempt}")
                .Append(CultureInfo.InvariantCulture, $" instance={entry.Instance} detail={entry.Detail} value={entry.Value}")
                .Append(CultureInfo.InvariantCulture, $"{Advice(entry)}{(entry.SlotHeld ? " held" : "")}\n");
        }

        return text.ToString();
    }

    private static int Detail(in SchedulerEvent e) => e.Kind switch
    {
        SchedulerEventKind.GateChanged => (int)e.Gate,
        SchedulerEventKind.WindowChanged => e.Priority,
        _ => (int)e.Verdict,
    };

    private static string Advice(in Entry entry) => entry is { MaxRetries: 0, MaxFailovers: 0, Unreached: false } ? ""
        : string.Create(
            CultureInfo.InvariantCulture, $" retries={entry.MaxRetries} failovers={entry.MaxFailovers}{(entry.Unreached ? " unreached" : "")}");

    private struct Entry
    {
        public long Now;
        public long Sequence;
        public long Value;
        public int Kind;
        public int Attempt;
        public int Instance;
        public int Detail;
        public int MaxRetries;
        public int MaxFailovers;
        public bool Unreached;
        public bool IsEvent;
        public bool SlotHeld;
    }
}
