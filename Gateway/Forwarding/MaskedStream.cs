using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>Reads on, with stars in the place of a secret; what may be the beginning of one waits until more is known.</summary>
internal sealed class MaskedStream(Stream inner, byte[] secret) : ForwardOnlyStream
{
    private const int ReadSize = 4096;

    private readonly byte[] _buffer = new byte[ReadSize + secret.Length];
    private int _start;
    private int _ready;
    private int _end;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_start == _ready)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _ready, _end) = (0, 0, _end - _start);
            int read = await inner.ReadAsync(_buffer.AsMemory(_end, ReadSize), cancellationToken);
            _end += read;
            KeyMask.Mask(_buffer.AsSpan(0, _end), secret);
            _ready = read == 0 ? _end : _end - Beginning(_buffer.AsSpan(0, _end));
            if (read == 0 && _ready == 0)
            {
                return 0;
            }
        }

        int length = Math.Min(buffer.Length, _ready - _start);
        _buffer.AsMemory(_start, length).CopyTo(buffer);
        _start += length;
        return length;
    }

    /// <summary>How many of the last bytes are the secret's first ones.</summary>
    private int Beginning(ReadOnlySpan<byte> text)
    {
        for (int length = Math.Min(secret.Length - 1, text.Length); length > 0; length--)
        {
            if (text[^length..].SequenceEqual(secret.AsSpan(0, length)))
            {
                return length;
            }
        }

        return 0;
    }
}
