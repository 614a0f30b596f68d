namespace Gateway.Recording.Usage;

/// <summary>Sums over a stretch of time. They only ever grow. Not thread-safe.</summary>
internal sealed class UsageCounts
{
    public static readonly int Fields = Enum.GetValues<UsageField>().Length;

    private readonly long[] _values = new long[Fields];

    public ref long this[UsageField field] => ref _values[(int)field];

    public void Add(UsageField field, TimeSpan time) => this[field] += time.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>What somebody else has counted.</summary>
    public void Add(ReadOnlySpan<long> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            _values[i] += values[i];
        }
    }

    /// <summary>What one state of some sums has more than an older one.</summary>
    public void AddExcess(UsageCounts later, UsageCounts earlier)
    {
        for (int i = 0; i < _values.Length; i++)
        {
            _values[i] += Math.Max(0, later._values[i] - earlier._values[i]);
        }
    }

    public ReadOnlySpan<long> Values => _values;
}
