using System.Diagnostics.CodeAnalysis;
using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Scheduling;

namespace Gateway.Caching;

/// <summary>
/// One upstream call and all who wait for its answer. The leader's request makes the call; what comes goes into a buffer that grows, and every
/// member, the leader too, takes it from there at its own pace. Whoever leaves last ends the call.
/// Up to the size of the largest answer that is kept, nobody slows anybody. An answer beyond it is not kept: the flight takes nobody new, lets go of
/// what all have taken, and reads on at the pace of its slowest member.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing, and a late leaver may still cancel it.")]
internal sealed class Flight(CacheKey key, Exchange leader, Scheduler scheduler, CacheBudget budget)
{
    private readonly Lock _lock = new();
    private readonly List<FlightMember> _members = [];
    private readonly FlightBuffer _buffer = new(budget);
    private readonly CancellationTokenSource _allLeft = new();
    private TaskCompletionSource _changed = NewSignal();
    private TaskCompletionSource? _room;
    private FlightHead? _head;
    private FlightEnd _end;
    private bool _isClosed;
    private bool _isReleased;

    public CacheKey Key { get; } = key;

    /// <summary>Fires when the last member has left before the end.</summary>
    public CancellationToken AllLeft => _allLeft.Token;

    /// <summary>Why it failed, for those who did not lead it.</summary>
    public RequestError? Error { get; private set; }

    /// <summary>What the leader's relay has learned of an event stream: an error event may follow.</summary>
    public bool IsAtEventEnd => leader.IsAtEventEnd;

    /// <summary>Which instance the answer came from; null when none was relayed.</summary>
    public InstanceOptions? AnsweredBy => leader.AnsweredBy;

    /// <summary>Somebody has cleared the cache meanwhile: its answer is for its members alone.</summary>
    public bool IsDisowned { get; set; }

    public int Members
    {
        get
        {
            lock (_lock)
            {
                return _members.Count;
            }
        }
    }

    /// <summary>Null when it takes nobody new.</summary>
    /// <param name="policy">Whose urgency the call inherits, if it is greater.</param>
    public FlightMember? TryJoin(TierPolicy policy)
    {
        WorkItem? promoted = null;
        var member = new FlightMember();
        lock (_lock)
        {
            if (_isClosed)
            {
                return null;
            }

            _members.Add(member);
            if (policy.Priority < leader.Policy.Priority)
            {
                promoted = leader.Inherit(policy);
            }
        }

        if (promoted is not null)
        {
            scheduler.Promote(promoted, policy);
        }

        return member;
    }

    /// <summary>It has all it wanted, or is gone. The last one to leave before the end takes the call with it.</summary>
    public void Leave(FlightMember member)
    {
        bool isDeserted;
        lock (_lock)
        {
            _members.Remove(member);
            isDeserted = _members.Count == 0 && _end == FlightEnd.None;
            _isClosed |= isDeserted;
            MakeRoom_NeedsLock();
        }

        if (isDeserted)
        {
            _allLeft.Cancel();
        }
    }

    /// <summary>What there is for a member now.</summary>
    public FlightView Look(FlightMember member)
    {
        lock (_lock)
        {
            ReadOnlyMemory<byte> piece = _buffer.PieceAt(member.Position);
            member.Position += piece.Length;
            MakeRoom_NeedsLock();
            return new FlightView(_head, piece, piece.IsEmpty ? _end : FlightEnd.None, piece.IsEmpty && _end == FlightEnd.None ? _changed.Task : null);
        }
    }

    /// <summary>Memory for the relay to write to.</summary>
    public Memory<byte> GetMemory(int sizeHint)
    {
        lock (_lock)
        {
            Memory<byte> memory = _buffer.GetMemory(sizeHint);
            _isClosed |= _buffer.IsOverflowing;
            return memory;
        }
    }

    /// <summary>Shows the members what was written. Completes when more may be: false when all have left.</summary>
    /// <param name="head">Of the answer.</param>
    /// <param name="ended">The attempt's: a member that takes nothing may not hold the slot beyond it.</param>
    public async ValueTask<bool> PublishAsync(FlightHead? head, CancellationToken ended)
    {
        Task room = Task.CompletedTask;
        lock (_lock)
        {
            _head ??= head;
            _buffer.Publish();
            if (_buffer.IsOverflowing)
            {
                room = _buffer.IsFullFor(SlowestPosition_NeedsLock()) ? (_room ??= NewSignal()).Task : Task.CompletedTask;
            }

            Signal_NeedsLock();
        }

        await room.WaitAsync(ended);
        return !_allLeft.IsCancellationRequested;
    }

    public void Written(int bytes)
    {
        lock (_lock)
        {
            _buffer.Advance(bytes);
        }
    }

    /// <summary>The whole body; null when it was too long to be kept.</summary>
    public byte[]? Body()
    {
        lock (_lock)
        {
            return _buffer.IsOverflowing ? null : _buffer.ToArray();
        }
    }

    /// <summary>Tells the members that this was all.</summary>
    public void Complete(FlightEnd end, FlightHead? head, RequestError? error = null)
    {
        lock (_lock)
        {
            _head ??= head;
            _buffer.Publish();
            (_end, Error) = (end, error);
            Signal_NeedsLock();
        }
    }

    /// <summary>Nobody needs it but its members: takes nobody new, and lets go of what all have taken. The rest counts as long as somebody holds it.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _isClosed = _isReleased = true;
            MakeRoom_NeedsLock();
        }
    }

    private long SlowestPosition_NeedsLock()
    {
        long slowest = long.MaxValue;
        foreach (FlightMember member in _members)
        {
            slowest = Math.Min(slowest, member.Position);
        }

        return slowest;
    }

    private void MakeRoom_NeedsLock()
    {
        if (_isReleased && _members.Count == 0)
        {
            _buffer.Release();
            return;
        }

        if (!_isReleased && !_buffer.IsOverflowing)
        {
            return;
        }

        long slowest = SlowestPosition_NeedsLock();
        _buffer.Trim(slowest);
        if (_room is not null && !_buffer.IsFullFor(slowest))
        {
            _room.SetResult();
            _room = null;
        }
    }

    private void Signal_NeedsLock()
    {
        _changed.SetResult();
        _changed = NewSignal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
