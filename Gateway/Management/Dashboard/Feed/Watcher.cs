using System.Threading.Channels;

namespace Gateway.Management.Dashboard.Feed;

/// <summary>
/// One open dashboard. Who reads too slowly misses frames, which the next one makes up for, and no events: those wait for that frame. The others
/// wait for nobody.
/// </summary>
internal sealed class Watcher
{
    /// <summary>Frames that are made and not taken: the fewer, the newer is what comes after a stall.</summary>
    private const int MaxBehind = 2;

    private readonly Channel<byte[]> _frames = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MaxBehind) { SingleWriter = true, SingleReader = true });

    /// <summary>It is new, or has missed a frame: it needs the next one, whatever is in it.</summary>
    public bool IsBehind { get; private set; } = true;

    /// <summary>Number of the last event it has been sent; 0 when none was.</summary>
    public long LastEvent { get; private set; }

    /// <summary>Ends when the gateway stops.</summary>
    public IAsyncEnumerable<byte[]> Frames(CancellationToken cancellationToken) => _frames.Reader.ReadAllAsync(cancellationToken);

    /// <param name="frame">With all events after <see cref="LastEvent"/>.</param>
    /// <param name="lastEvent">Number of the last of them.</param>
    public void Send(byte[] frame, long lastEvent)
    {
        IsBehind = !_frames.Writer.TryWrite(frame);
        LastEvent = IsBehind ? LastEvent : lastEvent;
    }

    public void End() => _frames.Writer.TryComplete();
}
