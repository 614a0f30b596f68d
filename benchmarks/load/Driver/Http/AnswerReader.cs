namespace Load.Driver.Http;

/// <summary>
/// Reads one HTTP/1.1 answer from the pieces a socket delivers, keeping none of the body. It understands Content-Length and chunked bodies,
/// which is all that a keep-alive connection can carry, and rejects everything else: a proxy under test has to frame its answers.
/// </summary>
internal sealed class AnswerReader
{
    private const int MaxHeadBytes = 32 * 1024;
    private readonly EventCounter _events = new();
    private Part _part;
    private AnswerHead _head;
    private byte[]? _splitHead;
    private int _splitHeadUsed;
    private long _left;
    private bool _sizeHasDigit;
    private bool _inExtension;
    private bool _lineIsEmpty;
    private long _bodyBytes;
    private int _reads;

    private enum Part
    {
        Head,
        FixedBody,
        ChunkSize,
        ChunkData,
        ChunkEnd,
        Trailer,
        Complete,
    }

    public bool HeadSeen => _part != Part.Head;

    public Answer Answer => new(_head.Status, _bodyBytes, _events.Events, _events.SaidDone, _reads, _head.KeepAlive);

    public void Reset()
    {
        _part = Part.Head;
        _splitHeadUsed = 0;
        _bodyBytes = 0;
        _reads = 0;
        _events.Reset();
    }

    /// <summary>Takes one read; true when it ended the answer.</summary>
    public bool Add(ReadOnlySpan<byte> data)
    {
        _reads++;
        while (!data.IsEmpty && _part != Part.Complete)
        {
            data = _part switch
            {
                Part.Head => ReadHead(data),
                Part.FixedBody => ReadFixedBody(data),
                Part.ChunkSize => ReadChunkSize(data),
                Part.ChunkData => ReadChunkData(data),
                Part.ChunkEnd => ReadChunkEnd(data),
                _ => ReadTrailer(data),
            };
        }

        if (!data.IsEmpty)
            throw new BrokenAnswerException("bytes after the end of the answer");
        return _part == Part.Complete;
    }

    private ReadOnlySpan<byte> ReadHead(ReadOnlySpan<byte> data)
    {
        int end = _splitHeadUsed == 0 ? data.IndexOf("\r\n\r\n"u8) : -1;
        if (end >= 0)
        {
            Begin(AnswerHead.Parse(data[..end]));
            return data[(end + 4)..];
        }

        // Rare: the head came in more than one piece, so it is collected here until it is whole.
        _splitHead ??= new byte[MaxHeadBytes];
        int before = _splitHeadUsed;
        int taken = Math.Min(data.Length, MaxHeadBytes - before);
        data[..taken].CopyTo(_splitHead.AsSpan(before));
        _splitHeadUsed += taken;
        end = _splitHead.AsSpan(0, _splitHeadUsed).IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return _splitHeadUsed < MaxHeadBytes ? [] : throw new BrokenAnswerException("response head too long");

        Begin(AnswerHead.Parse(_splitHead.AsSpan(0, end)));
        return data[(end + 4 - before)..];
    }

    private void Begin(AnswerHead head)
    {
        _head = head;
        if (head.Chunked)
        {
            _part = Part.ChunkSize;
            BeginChunkSize();
            return;
        }

        if (head.ContentLength == AnswerHead.NoLength)
            throw new BrokenAnswerException("the answer has neither Content-Length nor chunks");
        _left = head.ContentLength;
        _part = _left == 0 ? Part.Complete : Part.FixedBody;
    }

    private ReadOnlySpan<byte> ReadFixedBody(ReadOnlySpan<byte> data)
    {
        data = TakeBody(data);
        if (_left == 0)
            _part = Part.Complete;
        return data;
    }

    private ReadOnlySpan<byte> ReadChunkSize(ReadOnlySpan<byte> data)
    {
        for (int i = 0; i < data.Length; i++)
        {
            byte current = data[i];
            if (current == '\n')
            {
                if (!_sizeHasDigit)
                    throw new BrokenAnswerException("chunk without a size");
                _part = _left == 0 ? Part.Trailer : Part.ChunkData;
                _lineIsEmpty = true;
                return data[(i + 1)..];
            }

            if (current == '\r' || _inExtension)
                continue;
            if (current == ';')
                _inExtension = true;
            else if (!char.IsAsciiHexDigit((char)current) || _left > int.MaxValue)
                throw new BrokenAnswerException("unreadable chunk size");
            else
                AddSizeDigit(current);
        }

        return [];
    }

    private ReadOnlySpan<byte> ReadChunkData(ReadOnlySpan<byte> data)
    {
        data = TakeBody(data);
        if (_left == 0)
            _part = Part.ChunkEnd;
        return data;
    }

    private ReadOnlySpan<byte> ReadChunkEnd(ReadOnlySpan<byte> data)
    {
        if (data[0] == '\n')
        {
            _part = Part.ChunkSize;
            BeginChunkSize();
        }
        else if (data[0] != '\r')
        {
            throw new BrokenAnswerException("chunk longer than its size");
        }

        return data[1..];
    }

    private ReadOnlySpan<byte> ReadTrailer(ReadOnlySpan<byte> data)
    {
        for (int i = 0; i < data.Length; i++)
        {
            if (data[i] == '\n')
            {
                if (_lineIsEmpty)
                {
                    _part = Part.Complete;
                    return data[(i + 1)..];
                }

                _lineIsEmpty = true;
            }
            else if (data[i] != '\r')
            {
                _lineIsEmpty = false;
            }
        }

        return [];
    }

    private ReadOnlySpan<byte> TakeBody(ReadOnlySpan<byte> data)
    {
        int taken = (int)Math.Min(data.Length, _left);
        if (_head.IsEventStream)
            _events.Add(data[..taken]);
        _bodyBytes += taken;
        _left -= taken;
        return data[taken..];
    }

    private void BeginChunkSize()
    {
        _left = 0;
        _sizeHasDigit = false;
        _inExtension = false;
    }

    private void AddSizeDigit(byte digit)
    {
        _left = (_left * 16) + (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        _sizeHasDigit = true;
    }
}
