namespace Gateway.Tokenization;

/// <summary>What the patterns of both vocabularies share.</summary>
internal static class CommonPieces
{
    /// <summary><c>'s|'t|'re|'ve|'m|'ll|'d</c> in any case: its end, or -1.</summary>
    public static int Contraction(ReadOnlySpan<byte> text, int at)
    {
        if (at + 1 >= text.Length || text[at] != '\'')
        {
            return -1;
        }

        int first = text[at + 1] | 0x20;
        if (first is 's' or 't' or 'm' or 'd')
        {
            return at + 2;
        }

        if (at + 2 >= text.Length)
        {
            return -1;
        }

        // The long s folds to an s where letters of both cases are equal.
        if (text[at + 1] == 0xC5)
        {
            return text[at + 2] == 0xBF ? at + 3 : -1;
        }

        int second = text[at + 2] | 0x20;
        return (first is 'r' or 'v' && second == 'e') || (first == 'l' && second == 'l') ? at + 3 : -1;
    }

    /// <summary><c>\p{N}{1,3}</c></summary>
    public static int Number(ReadOnlySpan<byte> text, int at)
    {
        for (int digits = 0; digits < 3 && at < text.Length && (CharClasses.Of(text, at, out int length) & CharClass.Number) != 0; digits++)
        {
            at += length;
        }

        return at;
    }

    /// <summary><c>\s*[\r\n]+|\s+(?!\S)|\s+</c></summary>
    public static int WhiteSpace(ReadOnlySpan<byte> text, int start)
    {
        int newLineEnd = -1;
        int last = start;
        int at = start;
        while (at < text.Length && CharClasses.Of(text, at, out int length) is var kind && (kind & CharClass.Space) != 0)
        {
            last = at;
            at += length;
            if ((kind & CharClass.NewLine) != 0)
            {
                newLineEnd = at;
            }
        }

        return newLineEnd > 0 ? newLineEnd : at == text.Length || last == start ? at : last;
    }

    /// <summary><c>[^\s\p{L}\p{N}]+</c></summary>
    public static int Symbols(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && (CharClasses.Of(text, at, out int length) & (CharClass.Space | CharClass.Letter | CharClass.Number)) == 0)
        {
            at += length;
        }

        return at;
    }
}
