using System.Buffers;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>
/// Passes an event stream on, byte for byte, whole events as they arrive. While the attempt may be interrupted, everything before its
/// first content is held back, because another attempt would send it again.
/// </summary>
/// <param name="context">The caller's request.</param>
/// <param name="exchange">What is known of it.</param>
/// <param name="attempt">The attempt whose answer this is.</param>
/// <param name="clock">Its time limits.</param>
/// <param name="tally">What it costs.</param>
/// <param name="editor">Edits the events in passing; null passes them byte for byte.</param>
/// <param name="hidesUsage">The event with nothing but the usage does not pass: the gateway asked for it.</param>
internal sealed class SseRelay(
    HttpContext context, Exchange exchange, Attempt attempt, AttemptClock clock, AnswerTally tally, AnswerEditor? editor, bool hidesUsage)
{
    /// <summary>Bytes asked for at first, which an event or some fit into: that is what a stream holds while it waits for more.</summary>
    private const int FirstRead = 1024;

    /// <summary>Bytes asked for at most, by a stream that fills what it is given.</summary>
    private const int MostRead = 16 * 1024;

    /// <summary>Times as much room as is needed is given back.</summary>
    private const int MostRoom = 4;

    /// <summary>An event longer than this passes in pieces: memory per stream stays bounded, however long its lines are.</summary>
    private const int MaxWholeEvent = 64 * 1024;

    private byte[] _partial = [];
    private int _partialLength;
    private int _readSize = FirstRead;
    private bool _sawEnd;
    private bool _maySeeEnd;
    private bool _isInsideEvent;
    private bool _isPiece;
    private EventPattern _pattern;

    public async Task<RelayEnd> RunAsync(HttpResponseMessage answer, Stream body)
    {
        try
        {
            if (attempt.IsPreemptible)
            {
                if (await HoldUntilContentAsync(body) && MustHaveEnd(answer) && !SseEvents.HoldsWholeEnd(_partial.AsSpan(0, _partialLength), CountsFinish))
                {
                    // The caller has none of it yet, so it need not see a broken stream.
                    return RelayEnd.Truncated;
                }

                if (!attempt.TryCommit())
                {
                    return RelayEnd.Revoked;
                }

                CopyHead(answer);
            }
            else if (attempt.TryCommit())
            {
                CopyHead(answer);
                exchange.IsAtEventEnd = true;
                await context.Response.StartAsync(CancellationToken.None);
            }
            else
            {
                return RelayEnd.Revoked;
            }

            RelayEnd end = await PassOnAsync(body);
            if (end == RelayEnd.Complete && !_sawEnd && MustHaveEnd(answer))
            {
                return RelayEnd.Truncated;
            }

            tally.IsWhole |= end == RelayEnd.Complete;
            return end;
        }
        finally
        {
            Return(_partial);
        }
    }

    private void CopyHead(HttpResponseMessage answer)
    {
        AnswerHead.Copy(answer, context.Response, exchange);
        if (editor is not null || hidesUsage)
        {
            // What passes is longer or shorter than what was promised.
            context.Response.ContentLength = null;
        }
    }

    /// <summary>Reads until the first content, the end, or more than may be held. True when it was the end.</summary>
    private async Task<bool> HoldUntilContentAsync(Stream body)
    {
        int looked = 0;
        while (true)
        {
            int read = await body.ReadAsync(RoomForMore(), attempt.CancellationToken);
            Take(read);
            if (read == 0 || _partialLength > MaxWholeEvent || SeesContent(ref looked))
            {
                return read == 0;
            }
        }
    }

    private bool SeesContent(ref int looked)
    {
        int length;
        while ((length = SseEvents.FirstLength(_partial.AsSpan(looked, _partialLength - looked))) > 0)
        {
            if (SseEvents.IsContent(_partial.AsSpan(looked, length)))
            {
                return true;
            }

            looked += length;
        }

        return false;
    }

    private async Task<RelayEnd> PassOnAsync(Stream body)
    {
        var caller = new CallerFlush(context, clock, attempt.CancellationToken);
        bool isHere = await PassPartialAsync(caller, WholeLength(_partial.AsSpan(0, _partialLength)));
        while (isHere)
        {
            int read = await body.ReadAsync(RoomForMore(), attempt.CancellationToken);
            if (read == 0)
            {
                exchange.IsAtEventEnd &= _partialLength == 0;
                return await PassPartialAsync(caller, _partialLength) ? RelayEnd.Complete : RelayEnd.CallerGone;
            }

            Take(read);
            isHere = await PassPartialAsync(caller, WholeLength(_partial.AsSpan(0, _partialLength)));
        }

        return RelayEnd.CallerGone;
    }

    /// <summary>Sends the beginning of what was kept. False when the caller is gone.</summary>
    private ValueTask<bool> PassPartialAsync(in CallerFlush caller, int length)
    {
        if (length == 0)
        {
            return new ValueTask<bool>(true);
        }

        int passed = Inspect(_partial.AsSpan(0, length));
        if (editor is null)
        {
            caller.Writer.Write(_partial.AsSpan(0, passed));
        }
        else
        {
            exchange.Record.ResponseBytes += editor.Edit(_partial.AsSpan(0, passed), caller.Writer) - passed;
        }

        _partialLength -= length;
        _partial.AsSpan(length, _partialLength).CopyTo(_partial);
        return caller.TryFlushAsync();
    }

    private int WholeLength(ReadOnlySpan<byte> bytes)
    {
        int whole = SseEvents.WholeLength(bytes);
        _isPiece = whole == 0 && bytes.Length > MaxWholeEvent;
        exchange.IsAtEventEnd = whole > 0 || (exchange.IsAtEventEnd && !_isPiece);

        // A line's end waits for what follows: with it, it may be the end of the event, which nobody would see in the half of it.
        return _isPiece ? bytes.TrimEnd("\r\n"u8).Length : whole;
    }

    /// <summary>Learns what the events tell. Returns how many bytes of them pass: all, or those that are left after the usage was taken out.</summary>
    private int Inspect(Span<byte> events)
    {
        bool isWhole = !_isInsideEvent && exchange.IsAtEventEnd;
        int known = isWhole && !_maySeeEnd && exchange.Record.FirstContent is not null ? PassKnown(events) : 0;
        exchange.Record.ResponseBytes += known;
        events = events[known..];
        if (events.IsEmpty)
        {
            return known;
        }

        if (exchange.Record.FirstContent is null && HoldsContent(events))
        {
            exchange.Record.FirstContent = clock.SinceArrival;
        }

        // An event that passes in pieces has told its end only once it is whole itself.
        bool isPiece = _isInsideEvent || _isPiece;
        _maySeeEnd |= SseEvents.HoldsEnd(events, CountsFinish, isPiece);
        _sawEnd |= _maySeeEnd && (exchange.IsAtEventEnd || SseEvents.IsWholeWithoutBlankLine(events));
        tally.IsWhole |= _sawEnd;
        EventText text = tally.AddEvents(events, isWhole);
        if (text.IsThere && !_maySeeEnd && SseEvents.IsOne(events) && !UsageEvent.MayHold(events))
        {
            _pattern.Learn(events, text);
        }

        int passed = hidesUsage ? UsageEvent.Remove(events, _isInsideEvent) : events.Length;
        exchange.Record.ResponseBytes += passed;
        _isInsideEvent = !exchange.IsAtEventEnd;
        return known + passed;
    }

    /// <summary>Most events tell nothing but their text. Returns the length of those at the beginning that do.</summary>
    private int PassKnown(ReadOnlySpan<byte> events)
    {
        int known = 0;
        while (_pattern.Matches(events[known..], out int length, out EventText text))
        {
            tally.AddText(events[(known + text.Start)..(known + text.End)], text.Channel);
            known += length;
        }

        return known;
    }

    /// <summary>The same measure on every tier: a comment or a role alone is no content, whether it was held back or not.</summary>
    private bool HoldsContent(ReadOnlySpan<byte> events)
    {
        int length;
        while ((length = SseEvents.FirstLength(events)) > 0)
        {
            if (SseEvents.IsContent(events[..length]))
            {
                return true;
            }

            events = events[length..];
        }

        return _isPiece;
    }

    /// <summary>
    /// Behind what is kept. Not the server's own memory: asked for room it gives a block, which a stream would hold through all the time in which nothing
    /// comes; to copy an event costs next to nothing.
    /// </summary>
    private Memory<byte> RoomForMore()
    {
        int needed = _partialLength + _readSize;
        if (_partial.Length < needed || _partial.Length > MostRoom * needed)
        {
            byte[] other = ArrayPool<byte>.Shared.Rent(needed);
            _partial.AsSpan(0, _partialLength).CopyTo(other);
            Return(_partial);
            _partial = other;
        }

        // No more than that, however much room there is: what a read fills is kept, and would ask for twice as much the next time.
        return _partial.AsMemory(_partialLength, _readSize);
    }

    /// <summary>A stream that fills what it is given is given more, up to a point, and less again when it has calmed down.</summary>
    private void Take(int read)
    {
        _partialLength += read;
        clock.Active();
        if (read == _readSize && _readSize < MostRead)
        {
            _readSize *= 2;
        }
        else if (read < _readSize / MostRoom && _readSize > FirstRead)
        {
            _readSize /= 2;
        }
    }

    private static void Return(byte[] rented)
    {
        if (rented.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Of several choices, each has its own.</summary>
    private bool CountsFinish => exchange.Request!.Facts.Choices <= 1;

    /// <summary>
    /// These streams tell their end. Without it even a clean close is a cut: to the caller's library it would look like a whole answer.
    /// </summary>
    private bool MustHaveEnd(HttpResponseMessage answer) =>
        answer.IsSuccessStatusCode && ApiOperations.HasOutput(exchange.Request!.Operation);
}
