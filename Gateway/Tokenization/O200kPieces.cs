namespace Gateway.Tokenization;

/// <summary>
/// With A = <c>[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]</c>, B = <c>[\p{Ll}\p{Lm}\p{Lo}\p{M}]</c>, C = <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)?</c>:
/// <c>[^\r\n\p{L}\p{N}]?A*B+C|[^\r\n\p{L}\p{N}]?A+B*C|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>
/// </summary>
internal readonly struct O200kPieces : IPieceRule
{
    public static int End(ReadOnlySpan<byte> text, int start)
    {
        CharClass kind = CharClasses.Of(text, start, out int length);
        if ((kind & CharClass.Letter) != 0)
        {
            int lower = LowerEnd(text, start, out int upper);
            return WithContraction(text, lower > 0 ? lower : upper);
        }

        if ((kind & CharClass.Number) != 0)
        {
            return CommonPieces.Number(text, start);
        }

        int next = start + length;
        bool isSpace = (kind & CharClass.Space) != 0;
        if ((kind & CharClass.NewLine) == 0)
        {
            CharClass following = next < text.Length ? CharClasses.Of(text, next, out _) : CharClass.Space;
            if (Word(text, start, kind, next, following) is var word and > 0)
            {
                return WithContraction(text, word);
            }

            isSpace &= text[start] != ' ' || (following & (CharClass.Space | CharClass.Number)) != 0;
        }

        return isSpace ? CommonPieces.WhiteSpace(text, start) : Slashes(text, CommonPieces.Symbols(text, next));
    }

    /// <summary>A word that begins with something that is no letter; -1 when there is none. A mark may be its prefix or its first letter.</summary>
    private static int Word(ReadOnlySpan<byte> text, int start, CharClass kind, int next, CharClass following)
    {
        int upper = -1;
        if ((following & (CharClass.Letter | CharClass.Mark)) != 0 && LowerEnd(text, next, out upper) is var lower and > 0)
        {
            return lower;
        }

        // Without the prefix: a mark is both ends of a word, so that the first form always matches.
        return (kind & CharClass.Mark) != 0 ? LowerEnd(text, start, out _) : upper;
    }

    /// <summary>The end of <c>A*B+</c>, or -1.</summary>
    /// <param name="text">The text.</param>
    /// <param name="at">A letter or a mark.</param>
    /// <param name="upper">The end of <c>A+</c>, when the answer is -1.</param>
    private static int LowerEnd(ReadOnlySpan<byte> text, int at, out int upper)
    {
        int lastBoth = -1;
        while (at < text.Length)
        {
            CharClass kind = CharClasses.Of(text, at, out int length);
            if ((kind & CharClass.Head) == 0)
            {
                if ((kind & CharClass.Lower) != 0)
                {
                    upper = -1;
                    return CharClasses.RunEnd(text, at + length, CharClass.Tail);
                }

                break;
            }

            at += length;
            if ((kind & CharClass.Tail) != 0)
            {
                lastBoth = at;
            }
        }

        upper = at;
        return lastBoth;
    }

    private static int WithContraction(ReadOnlySpan<byte> text, int end) =>
        end < text.Length && text[end] == '\'' && CommonPieces.Contraction(text, end) is var contraction and > 0 ? contraction : end;

    private static int Slashes(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && text[at] is (byte)'\r' or (byte)'\n' or (byte)'/')
        {
            at++;
        }

        return at;
    }
}
