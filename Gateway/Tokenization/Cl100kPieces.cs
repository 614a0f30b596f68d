namespace Gateway.Tokenization;

/// <summary>
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>
/// </summary>
internal readonly struct Cl100kPieces : IPieceRule
{
    public static int End(ReadOnlySpan<byte> text, int start)
    {
        CharClass kind = CharClasses.Of(text, start, out int length);
        if ((kind & CharClass.Letter) != 0)
        {
            return CharClasses.RunEnd(text, start + length, CharClass.Letter);
        }

        if ((kind & CharClass.Number) != 0)
        {
            return CommonPieces.Number(text, start);
        }

        int next = start + length;
        bool isSpace = (kind & CharClass.Space) != 0;
        if (next < text.Length && (kind & CharClass.NewLine) == 0)
        {
            if (text[start] == '\'' && CommonPieces.Contraction(text, start) is var contraction and > 0)
            {
                return contraction;
            }

            CharClass following = CharClasses.Of(text, next, out int nextLength);
            if ((following & CharClass.Letter) != 0)
            {
                return CharClasses.RunEnd(text, next + nextLength, CharClass.Letter);
            }

            isSpace &= text[start] != ' ' || (following & (CharClass.Space | CharClass.Number)) != 0;
        }

        return isSpace ? CommonPieces.WhiteSpace(text, start) : NewLines(text, CommonPieces.Symbols(text, next));
    }

    private static int NewLines(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && text[at] is (byte)'\r' or (byte)'\n')
        {
            at++;
        }

        return at;
    }
}
