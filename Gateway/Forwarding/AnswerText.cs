using System.Buffers;
using System.Text.Json;
using Gateway.Tokenization;

namespace Gateway.Forwarding;

/// <summary>
/// The text of an answer, kept until somebody has to know how many tokens it has. Bounded: when much has come together, what is there is
/// counted, up to a place where no token can lie across.
/// </summary>
internal sealed class AnswerText(TokenEstimator tokens, string? model)
{
    private const int MaxKept = 32 * 1024;
    private const int FirstKept = 256;

    /// <summary>Between texts that do not continue each other. No byte of UTF-8.</summary>
    private const byte Border = 0xFF;

    private byte[] _bytes = [];
    private int _length;
    private int _channel = -1;
    private long _counted;

    /// <summary>Texts that were read, the empty ones left out.</summary>
    public int Texts { get; private set; }

    /// <summary>Where the last of them stands in its JSON.</summary>
    public EventText Last { get; private set; }

    /// <summary>Adds the text that the reader stands on.</summary>
    /// <param name="reader">On a string.</param>
    /// <param name="channel">Texts of one channel continue each other.</param>
    public void Add(ref Utf8JsonReader reader, int channel)
    {
        int most = reader.ValueSpan.Length;
        if (most == 0)
        {
            return;
        }

        Texts++;
        if (!reader.ValueIsEscaped)
        {
            int start = (int)reader.TokenStartIndex + 1;
            Last = new EventText(start, start + most, channel);
            Add(reader.ValueSpan, channel);
            return;
        }

        Last = default;
        Continue(most, channel);
        try
        {
            _length += reader.CopyString(_bytes.AsSpan(_length));
        }
        catch (InvalidOperationException)
        {
            // Half of a character, escaped: the other half is in the next event. Together they are one token or two.
            _bytes[_length++] = (byte)'?';
        }
    }

    /// <summary>Adds a text that stands there as it is.</summary>
    public void Add(ReadOnlySpan<byte> plain, int channel)
    {
        if (plain.IsEmpty)
        {
            return;
        }

        Continue(plain.Length, channel);
        plain.CopyTo(_bytes.AsSpan(_length));
        _length += plain.Length;
    }

    /// <summary>The end: gives the memory back. Tokens of everything that was added.</summary>
    /// <param name="isNeeded">False: nobody wants to know, so nothing more is counted.</param>
    public long Count(bool isNeeded)
    {
        if (isNeeded)
        {
            CountUpTo(_length);
        }

        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
        }

        return _counted;
    }

    private void Continue(int most, int channel)
    {
        Reserve(most + 1);
        if (channel != _channel && _length > 0)
        {
            _bytes[_length++] = Border;
        }

        _channel = channel;
    }

    private void Reserve(int more)
    {
        if (_length > MaxKept)
        {
            CountUpTo(SafeCut());
        }

        if (_bytes.Length - _length < more)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(FirstKept, 2 * _bytes.Length), _length + more));
            _bytes.AsSpan(0, _length).CopyTo(larger);
            if (_bytes.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_bytes);
            }

            _bytes = larger;
        }
    }

    /// <summary>In a text without words, the end of its last character but one: at most a token too many.</summary>
    private int SafeCut()
    {
        ReadOnlySpan<byte> text = _bytes.AsSpan(0, _length);
        int cut = Math.Max(Tokenizer.LastCut(text), text.LastIndexOf(Border));
        if (cut > 0)
        {
            return cut;
        }

        cut = _length;
        while (cut > _length - 4 && (_bytes[cut - 1] & 0xC0) == 0x80)
        {
            cut--;
        }

        return _bytes[cut - 1] < 0x80 ? cut : cut - 1;
    }

    private void CountUpTo(int end)
    {
        ReadOnlySpan<byte> text = _bytes.AsSpan(0, end);
        foreach (Range piece in text.Split(Border))
        {
            _counted += tokens.CountText(model, text[piece]);
        }

        _length -= end;
        _bytes.AsSpan(end, _length).CopyTo(_bytes);
    }
}
