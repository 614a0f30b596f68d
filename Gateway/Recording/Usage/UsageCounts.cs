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

    /// <summary>An older or newer state of the same sums: the newer one counts.</summary>
    public void Raise(ReadOnlySpan<long> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            _values[i] = Math.Max(_values[i], values[i]);
        }
    }

    public ReadOnlySpan<long> Values => _values;
}
