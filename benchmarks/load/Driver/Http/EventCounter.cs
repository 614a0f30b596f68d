namespace Load.Driver.Http;

/// <summary>Counts server-sent events in a body that arrives in arbitrary pieces, and sees whether the last one was <c>[DONE]</c>.</summary>
internal sealed class EventCounter
{
    private const int TailLength = 16;
    private readonly byte[] _tail = new byte[TailLength];
    private int _tailUsed;
    private bool _lineHasText;
    private bool _eventIsOpen;

    public int Events { get; private set; }

    public bool SaidDone => _tail.AsSpan(0, _tailUsed).TrimEnd("\r\n"u8).EndsWith("data: [DONE]"u8);

    public void Reset()
    {
        Events = 0;
        _tailUsed = 0;
        _lineHasText = false;
        _eventIsOpen = false;
    }

    public void Add(ReadOnlySpan<byte> body)
    {
        RememberTail(body);
        while (!body.IsEmpty)
        {
            int end = body.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? body : body[..end];
            _lineHasText |= line.Length > 1 || (line.Length == 1 && line[0] != '\r');
            if (end < 0)
                return;

            // An empty line ends the event that the lines before it opened.
            if (!_lineHasText && _eventIsOpen)
                Events++;
            _eventIsOpen = _lineHasText;
            _lineHasText = false;
            body = body[(end + 1)..];
        }
    }

    private void RememberTail(ReadOnlySpan<byte> body)
    {
        if (body.Length >= TailLength)
        {
            body[^TailLength..].CopyTo(_tail);
            _tailUsed = TailLength;
            return;
        }

        int keep = Math.Min(_tailUsed, TailLength - body.Length);
        _tail.AsSpan(_tailUsed - keep, keep).CopyTo(_tail);
        body.CopyTo(_tail.AsSpan(keep));
        _tailUsed = keep + body.Length;
    }
}
