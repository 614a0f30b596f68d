using System.Threading.Channels;

namespace Gateway.Management.Dashboard.Feed;

/// <summary>One open dashboard. Who reads too slowly gets the newest frames; the others wait for nobody.</summary>
internal sealed class Watcher
{
    private const int MaxBehind = 8;

    private readonly Channel<byte[]> _frames = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MaxBehind)
    {
        FullMode = BoundedChannelFullMode.DropOldest,
        SingleWriter = true,
        SingleReader = true,
    });

    /// <summary>Ends when the gateway stops.</summary>
    public IAsyncEnumerable<byte[]> Frames(CancellationToken cancellationToken) => _frames.Reader.ReadAllAsync(cancellationToken);

    /// <summary>It has not had the events of before.</summary>
    public bool IsNew { get; private set; } = true;

    public void Send(byte[] frame)
    {
        IsNew = false;
        _frames.Writer.TryWrite(frame);
    }

    public void End() => _frames.Writer.TryComplete();
}
