namespace Gateway.RateLimiting;

/// <summary>
/// What was taken within the last window, kept in slots of a 256th of it. A slot leaves one window after its end, so that never more than
/// the limit is in any window; what was taken comes back at most one slot late. Not thread-safe.
/// </summary>
internal sealed class SlidingWindow
{
    /// <summary>Slots of a window: 0.4 % of lateness for at most 4 KiB a key.</summary>
    public const int Slots = 256;

    private (long Slot, long Amount)[] _taken = new (long, long)[2];
    private int _first;
    private int _count;
    private long _refused = long.MaxValue;
    private long _refusedUntil;

    /// <summary>Sum of what is in the window.</summary>
    public long Used { get; private set; }

    public bool IsEmpty => _count == 0 && _refused == long.MaxValue;

    /// <summary>The slot whose leaving makes room for an amount; null when there is room, -1 when there never will be.</summary>
    public long? BlockedBy(long limit, long amount)
    {
        long excess = Used + amount - limit;
        if (excess <= 0 || amount == 0)
        {
            return null;
        }

        for (int i = 0; i < _count && amount <= limit; i++)
        {
            (long slot, long taken) = At(i);
            excess -= taken;
            if (excess <= 0)
            {
                return slot;
            }
        }

        return -1;
    }

    /// <summary>The newest slot, whose leaving empties the window; null when it is empty.</summary>
    public long? Newest => _count == 0 ? null : At(_count - 1).Slot;

    /// <summary>Whoever keeps this window for several processes has refused such an amount, until that slot.</summary>
    public void Refuse(long amount, long until) => (_refused, _refusedUntil) = (amount, until);

    /// <summary>The slot until which an amount was refused; null when it was not.</summary>
    public long? RefusedUntil(long amount) => amount >= _refused ? _refusedUntil : null;

    /// <summary>That refusal is out of date.</summary>
    public void Allow() => _refused = long.MaxValue;

    /// <summary>Drops what has left the window. The slots only ever grow.</summary>
    public void Expire(long slot)
    {
        if (slot >= _refusedUntil)
        {
            Allow();
        }

        while (_count > 0 && _taken[_first].Slot <= slot - Slots - 1)
        {
            Used -= _taken[_first].Amount;
            _first = (_first + 1) % _taken.Length;
            _count--;
        }
    }

    public void Add(long slot, long amount)
    {
        if (amount == 0)
        {
            // Nothing is kept waiting by nothing.
            return;
        }

        Used += amount;
        if (_count > 0 && At(_count - 1).Slot >= slot)
        {
            _taken[Index(_count - 1)].Amount += amount;
            return;
        }

        if (_count == _taken.Length)
        {
            var larger = new (long, long)[_count * 2];
            for (int i = 0; i < _count; i++)
            {
                larger[i] = At(i);
            }

            (_taken, _first) = (larger, 0);
        }

        _count++;
        _taken[Index(_count - 1)] = (slot, amount);
    }

    /// <summary>Gives back what was taken in a slot, if that is still in the window.</summary>
    public void GiveBack(long slot, long amount)
    {
        for (int i = _count - 1; i >= 0 && At(i).Slot >= slot; i--)
        {
            if (At(i).Slot == slot)
            {
                long returned = Math.Min(amount, At(i).Amount);
                _taken[Index(i)].Amount -= returned;
                Used -= returned;
            }
        }
    }

    private (long Slot, long Amount) At(int i) => _taken[Index(i)];

    private int Index(int i) => (_first + i) % _taken.Length;
}
