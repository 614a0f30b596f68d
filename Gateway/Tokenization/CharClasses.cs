using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Gateway.Tokenization;

/// <summary>Classes of the characters of a valid UTF-8 text.</summary>
internal static class CharClasses
{
    private static readonly CharClass[] Ascii = [.. Enumerable.Range(0, 128).Select(Classify)];

    /// <summary>The class of the character that begins at <paramref name="at"/>.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="at">A character's first byte.</param>
    /// <param name="length">Its bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharClass Of(ReadOnlySpan<byte> text, int at, out int length)
    {
        byte first = text[at];
        if (first < 128)
        {
            length = 1;
            return Ascii[first];
        }

        return OfLonger(text, at, out length);
    }

    /// <summary>The end of the run of characters of any of the given classes.</summary>
    public static int RunEnd(ReadOnlySpan<byte> text, int at, CharClass classes)
    {
        CharClass[] ascii = Ascii;
        while (at < text.Length)
        {
            byte first = text[at];
            if (first < 128)
            {
                if ((ascii[first] & classes) == 0)
                {
                    break;
                }

                at++;
                continue;
            }

            if ((OfLonger(text, at, out int length) & classes) == 0)
            {
                break;
            }

            at += length;
        }

        return at;
    }

    public static CharClass Of(Rune character) => character.IsAscii ? Ascii[character.Value] : Classify(character.Value);

    private static CharClass OfLonger(ReadOnlySpan<byte> text, int at, out int length)
    {
        int first = text[at];
        int codePoint;
        if (first < 0xE0)
        {
            length = 2;
            codePoint = ((first & 0x1F) << 6) | (text[at + 1] & 0x3F);
        }
        else if (first < 0xF0)
        {
            length = 3;
            codePoint = ((first & 0x0F) << 12) | ((text[at + 1] & 0x3F) << 6) | (text[at + 2] & 0x3F);
        }
        else
        {
            length = 4;
            codePoint = ((first & 0x07) << 18) | ((text[at + 1] & 0x3F) << 12) | ((text[at + 2] & 0x3F) << 6) | (text[at + 3] & 0x3F);
        }

        return Classify(codePoint);
    }

    private static CharClass Classify(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => CharClass.Upper,
        UnicodeCategory.LowercaseLetter => CharClass.Lower,
        UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharClass.Uncased,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => CharClass.Mark,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharClass.Number,
        _ => codePoint is '\r' or '\n' ? CharClass.Space | CharClass.NewLine
            : codePoint <= char.MaxValue && char.IsWhiteSpace((char)codePoint) ? CharClass.Space
            : CharClass.Other,
    };
}
