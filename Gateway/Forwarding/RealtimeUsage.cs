using Gateway.Recording;

namespace Gateway.Forwarding;

/// <summary>
/// Sums what an upstream says of tokens on a WebSocket: one of its events tells them for each response, another for each transcription. A message that
/// is compressed is not read.
/// </summary>
/// <param name="record">Gets the sums.</param>
/// <param name="spent">Told the sum of both after each change; null: nobody wants to know before the end.</param>
internal sealed class RealtimeUsage(AccessRecord record, Func<long, ValueTask>? spent)
{
    /// <summary>Of the beginning of a message, where its type is: behind its id at most.</summary>
    private const int HeadBytes = 256;

    /// <summary>Behind the usage stands what the caller gave the response to carry: 16 texts of 512 characters, and their names, each of six bytes at most.</summary>
    private const int TailBytes = 64 * 1024;

    private readonly byte[] _head = new byte[HeadBytes];
    private TailBuffer _tail = new(TailBytes);
    private int _headLength;
    private bool _isOpen;
    private bool _isNews;

    /// <summary>A message begins.</summary>
    /// <param name="isReadable">Text, and not compressed.</param>
    public void Begin(bool isReadable)
    {
        (_isOpen, _headLength) = (isReadable, 0);
        _tail.Clear();
    }

    /// <summary>A piece of the message that began last.</summary>
    public void Add(ReadOnlySpan<byte> payload)
    {
        if (!_isOpen)
        {
            return;
        }

        ReadOnlySpan<byte> first = payload[..Math.Min(payload.Length, HeadBytes - _headLength)];
        first.CopyTo(_head.AsSpan(_headLength));
        _headLength += first.Length;
        if (_headLength == HeadBytes && !TellsUsage())
        {
            // Sound, nearly always, and much of it.
            _isOpen = false;
            return;
        }

        _tail.Add(payload);
    }

    /// <summary>The message is whole.</summary>
    public void End()
    {
        if (_isOpen && TellsUsage())
        {
            (long? input, long? output) = (record.InputTokens, record.OutputTokens);
            (record.InputTokens, record.OutputTokens) = (null, null);
            UsageReader.Read(_tail.Bytes, record);
            (record.InputTokens, record.OutputTokens) = (Sum(input, record.InputTokens), Sum(output, record.OutputTokens));
            _isNews = true;
        }

        _isOpen = false;
    }

    /// <summary>Tells what was told since the last time.</summary>
    public ValueTask TellAsync()
    {
        if (!_isNews || spent is null)
        {
            return ValueTask.CompletedTask;
        }

        _isNews = false;
        return spent(Sum(record.InputTokens, record.OutputTokens) ?? 0);
    }

    private bool TellsUsage()
    {
        ReadOnlySpan<byte> head = _head.AsSpan(0, _headLength);
        return head.IndexOf("\"response.done\""u8) >= 0 || head.IndexOf("input_audio_transcription.completed\""u8) >= 0;
    }

    private static long? Sum(long? before, long? more) => before is null && more is null ? null : (before ?? 0) + (more ?? 0);
}
