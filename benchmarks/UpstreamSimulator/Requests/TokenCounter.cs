namespace UpstreamSimulator.Requests;

/// <summary>
/// The simulator's tokenizer: every run of non-white characters costs one token per started four characters. Deterministic and cheap;
/// no real vocabulary. The words of <c>Vocabulary</c> cost one token each, so that counting an answer's text gives its usage.
/// </summary>
internal static class TokenCounter
{
    public static int Count(ReadOnlySpan<byte> utf8)
    {
        int tokens = 0, word = 0;
        foreach (byte unit in utf8)
        {
            if (unit is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') word = 0;
            // A continuation byte is no character of its own.
            else if ((unit & 0xC0) != 0x80 && word++ % 4 == 0) tokens++;
        }

        return tokens;
    }
}
