using System.Buffers;

namespace Gateway.Forwarding;

/// <summary>One direction of a tunnel: copies what comes, piece by piece, and reads no further before a piece was taken.</summary>
/// <param name="source">Where they come from.</param>
/// <param name="destination">Where they go.</param>
/// <param name="clock">Told of each piece.</param>
/// <param name="isExtended">The frames are those of an extension.</param>
/// <param name="usage">Reads what an upstream says of tokens.</param>
internal sealed class TunnelDirection(Stream source, Stream destination, AttemptClock clock, bool isExtended, RealtimeUsage? usage = null)
{
    public const int BufferSize = 16 * 1024;

    /// <summary>Where the bytes passed on so far end.</summary>
    public WebSocketFrames Frames { get; } = new(usage, isExtended);

    public long Bytes { get; private set; }

    /// <summary>Arrival of the request to the first piece; null when there was none.</summary>
    public TimeSpan? First { get; private set; }

    /// <param name="stopReading">Ends the wait for the next piece.</param>
    /// <param name="stopWriting">Ends the wait for a piece to be taken.</param>
    public async Task<TunnelEnd> RunAsync(CancellationToken stopReading, CancellationToken stopWriting)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        bool isReading = true;
        try
        {
            while (true)
            {
                isReading = true;
                int read = await source.ReadAsync(buffer.AsMemory(0, BufferSize), stopReading);
                if (read == 0)
                {
                    return TunnelEnd.Closed;
                }

                // Before the write: a piece that is not wholly taken is not taken back either.
                isReading = false;
                clock.Active();
                First ??= clock.SinceArrival;
                Bytes += read;
                Frames.Pass(buffer.AsSpan(0, read));
                if (usage is not null)
                {
                    await usage.TellAsync();
                }

                await destination.WriteAsync(buffer.AsMemory(0, read), stopWriting);
                clock.Active();
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            return (isReading ? stopReading : stopWriting).IsCancellationRequested ? TunnelEnd.Stopped : isReading ? TunnelEnd.Broken : TunnelEnd.Refused;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
