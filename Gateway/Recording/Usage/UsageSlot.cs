using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;

namespace Gateway.Recording.Usage;

/// <summary>The sums of one minute or hour (or of several), for everybody who did something in it. Not thread-safe.</summary>
internal sealed class UsageSlot
{
    /// <summary>Far above what a configuration may name: of more, somebody else wrote it.</summary>
    private const int MaxKeys = 1024;

    private const int MaxName = 64;

    /// <summary>So that no sum of many can overflow.</summary>
    private const long MaxValue = 1L << 48;

    private readonly Dictionary<UsageKey, UsageCounts> _counts = [];

    public IEnumerable<UsageKey> Keys => _counts.Keys;

    public UsageCounts Of(in UsageKey key)
    {
        ref UsageCounts? counts = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, key, out _);
        return counts ??= new UsageCounts();
    }

    public bool TryGet(in UsageKey key, [NotNullWhen(true)] out UsageCounts? counts) => _counts.TryGetValue(key, out counts);

    public byte[] Encode()
    {
        var bytes = new ArrayBufferWriter<byte>(32 * _counts.Count);
        VarInt.Write(bytes, _counts.Count);
        VarInt.Write(bytes, UsageCounts.Fields);
        foreach ((UsageKey key, UsageCounts counts) in _counts)
        {
            VarInt.Write(bytes, (int)key.Scope);
            VarInt.Write(bytes, key.Priority);
            VarInt.Write(bytes, key.Instance.Length);
            Encoding.ASCII.GetBytes(key.Instance, bytes);
            foreach (long value in counts.Values)
            {
                VarInt.Write(bytes, Math.Clamp(value, 0, MaxValue));
            }
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Adds what another slot was encoded to, once it is known to be whole. False for anything else.</summary>
    public bool TryAdd(ReadOnlySpan<byte> encoded) => Read(encoded, isCheck: true) && Read(encoded, isCheck: false);

    /// <summary>What one state of a slot has more than an older one.</summary>
    public void AddExcess(UsageSlot later, UsageSlot earlier)
    {
        foreach ((UsageKey key, UsageCounts counts) in later._counts)
        {
            Of(key).AddExcess(counts, earlier.Of(key));
        }
    }

    private bool Read(ReadOnlySpan<byte> encoded, bool isCheck)
    {
        if (!VarInt.TryRead(ref encoded, MaxKeys, out long keys) || !VarInt.TryRead(ref encoded, MaxKeys, out long fields))
        {
            return false;
        }

        Span<long> values = stackalloc long[UsageCounts.Fields];
        for (long k = 0; k < keys; k++)
        {
            if (!TryReadKey(ref encoded, out UsageKey key))
            {
                return false;
            }

            values.Clear();
            for (int f = 0; f < fields; f++)
            {
                if (!VarInt.TryRead(ref encoded, MaxValue, out long value))
                {
                    return false;
                }

                // A later version may count more.
                if (f < values.Length)
                {
                    values[f] = value;
                }
            }

            if (!isCheck)
            {
                Of(key).Add(values);
            }
        }

        return encoded.IsEmpty;
    }

    private static bool TryReadKey(ref ReadOnlySpan<byte> encoded, out UsageKey key)
    {
        key = default;
        if (!VarInt.TryRead(ref encoded, (long)UsageScope.Instance, out long scope)
            || !VarInt.TryRead(ref encoded, int.MaxValue, out long priority)
            || !VarInt.TryRead(ref encoded, MaxName, out long length)
            || encoded.Length < length
            || encoded[..(int)length].ContainsAnyExceptInRange((byte)'!', (byte)'~'))
        {
            return false;
        }

        key = new UsageKey((UsageScope)scope, (int)priority, Encoding.ASCII.GetString(encoded[..(int)length]));
        encoded = encoded[(int)length..];
        return true;
    }
}
