using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Gateway.Configuration;
using Gateway.RateLimiting;

namespace Gateway.Upstreams;

/// <summary>
/// What this process knows of an instance's token window: to whom it is closed, what came back since, and what others were seen to take. The
/// sums are in the limit store. Kept over reloads.
/// </summary>
/// <param name="key">The window in the store.</param>
/// <param name="time">The clock.</param>
/// <param name="tiers">Ranks there may be.</param>
internal sealed class TokenWindow(LimitKey key, TimeProvider time, int tiers)
{
    private readonly Lock _lock = new();
    private readonly long[] _closedUntil = new long[tiers];
    private readonly List<(LimitReceipt Receipt, long Until)> _others = [];
    private long _returned;
    private long _opensAtReturned = long.MaxValue;
    private (long Share, long Amount) _watched;
    private bool _isWatched;
    private int _isReconciling;

    public LimitKey Key { get; } = key;

    /// <summary>Tokens that came back before their time, since the start.</summary>
    public long Returned
    {
        get
        {
            lock (_lock)
            {
                return _returned;
            }
        }
    }

    /// <summary>Instances of the same name at the same place share a window, in all gateways on one Redis.</summary>
    public static LimitKey KeyOf(InstanceOptions instance)
    {
        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{instance.Name}\n{instance.ApiBase.AbsoluteUri}"));
        return new LimitKey(LimitKind.InstanceTokens, BinaryPrimitives.ReadUInt128BigEndian(digest));
    }

    /// <summary>It refused a tier.</summary>
    /// <param name="rank">The tier's; all less urgent ones have smaller shares still.</param>
    /// <param name="duration">Until what was asked for fits by itself.</param>
    /// <param name="missing">Tokens that would have to come back for it to fit at once.</param>
    /// <param name="returnedBefore">What had come back before it was asked.</param>
    /// <returns>True when so much has come back meanwhile: it is open again.</returns>
    public bool Close(int rank, TimeSpan duration, long missing, long returnedBefore)
    {
        lock (_lock)
        {
            if (_returned - returnedBefore >= missing)
            {
                Open();
                return true;
            }

            long until = time.GetTimestamp() + (long)(duration.TotalSeconds * time.TimestampFrequency);
            for (int less = rank; less < _closedUntil.Length; less++)
            {
                _closedUntil[less] = Math.Max(_closedUntil[less], until);
            }

            _opensAtReturned = Math.Min(_opensAtReturned, returnedBefore + missing);
            return false;
        }
    }

    /// <summary>
    /// Somebody else may give back what a refused demand waits for: of several the one that fits first counts. True when nobody watches yet.
    /// </summary>
    public bool TryWatch(long share, long amount)
    {
        lock (_lock)
        {
            bool first = !_isWatched;
            _watched = first || amount - share < _watched.Amount - _watched.Share ? (share, amount) : _watched;
            _isWatched = true;
            return first;
        }
    }

    /// <summary>What there is to watch for; null when the window is open again, which ends the watch.</summary>
    public (long Share, long Amount)? Watched()
    {
        lock (_lock)
        {
            _isWatched = Array.Exists(_closedUntil, until => Left(until) > TimeSpan.Zero);
            return _isWatched ? _watched : null;
        }
    }

    /// <summary>Tokens came back. True when it opens for that.</summary>
    public bool Return(long tokens)
    {
        lock (_lock)
        {
            _returned += tokens;
            if (_returned < _opensAtReturned)
            {
                return false;
            }

            Open();
            return true;
        }
    }

    /// <summary>Everybody may ask again, because the limit has changed.</summary>
    public void Reopen()
    {
        lock (_lock)
        {
            Open();
        }
    }

    /// <summary>When the tier may be let in again; zero when it may now.</summary>
    public TimeSpan OpensIn(int rank)
    {
        lock (_lock)
        {
            return Left(_closedUntil[rank]);
        }
    }

    /// <summary>Others than the gateway were seen to use the instance: booked until the time that the instance itself named, at most the length of the window.</summary>
    public void AddOthers(in LimitReceipt receipt, TimeSpan duration)
    {
        lock (_lock)
        {
            _others.Add((receipt, time.GetTimestamp() + (long)(duration.TotalSeconds * time.TimestampFrequency)));
        }
    }

    /// <summary>When the first of those leaves; null when there are none.</summary>
    public TimeSpan? OthersLeaveIn()
    {
        lock (_lock)
        {
            return _others.Count == 0 ? null : Left(_others.Min(static other => other.Until));
        }
    }

    /// <summary>One that has to leave.</summary>
    public LimitReceipt? TakeLeaving()
    {
        lock (_lock)
        {
            int at = _others.FindIndex(other => Left(other.Until) == TimeSpan.Zero);
            if (at < 0)
            {
                return null;
            }

            LimitReceipt receipt = _others[at].Receipt;
            _others.RemoveAt(at);
            return receipt;
        }
    }

    /// <summary>Two answers at once must not book the same difference twice. False: somebody is at it.</summary>
    public bool TryBeginReconciling() => Interlocked.Exchange(ref _isReconciling, 1) == 0;

    public void EndReconciling() => Volatile.Write(ref _isReconciling, 0);

    private void Open()
    {
        Array.Clear(_closedUntil);
        _opensAtReturned = long.MaxValue;
    }

    private TimeSpan Left(long until) => until > time.GetTimestamp() ? time.GetElapsedTime(time.GetTimestamp(), until) : TimeSpan.Zero;
}
