using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>Gives bytes that were read earlier, then goes on reading where they came from.</summary>
internal sealed class ResumedStream(ReadOnlyMemory<byte> read, Stream rest) : ForwardOnlyStream
{
    private ReadOnlyMemory<byte> _read = read;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_read.IsEmpty)
        {
            return rest.ReadAsync(buffer, cancellationToken);
        }

        int length = Math.Min(buffer.Length, _read.Length);
        _read[..length].CopyTo(buffer);
        _read = _read[length..];
        return ValueTask.FromResult(length);
    }
}
