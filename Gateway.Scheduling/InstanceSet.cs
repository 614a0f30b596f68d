using System.Numerics;

namespace Gateway.Scheduling;

/// <summary>A set of instances, one bit each: the instances able to serve an item, which is also its route group's key.</summary>
/// <param name="Bits">Bit <c>i</c> stands for the instance with index <c>i</c>, 0 to 63.</param>
public readonly record struct InstanceSet(ulong Bits)
{
    /// <summary>The most instances one scheduler can hold: 64.</summary>
    public const int MaxInstances = 64;

    /// <summary>No instance.</summary>
    public static InstanceSet Empty => default;

    /// <summary>True when the set holds no instance.</summary>
    public bool IsEmpty => Bits == 0;

    /// <summary>How many instances the set holds, 0 to 64.</summary>
    public int Count => BitOperations.PopCount(Bits);

    /// <summary>The set of one instance.</summary>
    /// <param name="instance">Index, 0 to 63.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside 0 to 63.</exception>
    public static InstanceSet Of(int instance)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(instance);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(instance, MaxInstances);
        return new InstanceSet(1UL << instance);
    }

    /// <summary>The set of the instances 0 to <paramref name="count"/> - 1.</summary>
    /// <param name="count">0 to 64.</param>
    public static InstanceSet FirstOf(int count) => new(count >= MaxInstances ? ulong.MaxValue : (1UL << count) - 1);

    /// <summary>True when the instance is in the set.</summary>
    /// <param name="instance">Index, 0 to 63.</param>
    public bool Contains(int instance) => (Bits >> instance & 1) != 0;

    /// <summary>The instances of both sets.</summary>
    public static InstanceSet operator |(InstanceSet left, InstanceSet right) => new(left.Bits | right.Bits);

    /// <summary>The instances that stand in both sets.</summary>
    public static InstanceSet operator &(InstanceSet left, InstanceSet right) => new(left.Bits & right.Bits);

    /// <summary>Same as the operator |.</summary>
    public static InstanceSet BitwiseOr(InstanceSet left, InstanceSet right) => left | right;

    /// <summary>Same as the operator &amp;.</summary>
    public static InstanceSet BitwiseAnd(InstanceSet left, InstanceSet right) => left & right;

    /// <summary>Takes the lowest instance out of the set, for loops over its members.</summary>
    internal static int TakeLowest(ref ulong bits)
    {
        int lowest = BitOperations.TrailingZeroCount(bits);
        bits &= bits - 1;
        return lowest;
    }
}
