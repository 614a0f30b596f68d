using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Gateway.Tokenization;

/// <summary>Counts tokens by one vocabulary, which is loaded when first needed. Special tokens in a text count as the text they are.</summary>
internal sealed class Tokenizer
{
    private readonly Lazy<Vocabulary> _vocabulary;
    private readonly bool _isO200k;

    private Tokenizer(string name, bool isO200k)
    {
        Name = name;
        Known = new TextCounts(this);
        _isO200k = isO200k;
        _vocabulary = new Lazy<Vocabulary>(() => Vocabulary.Load(name));
    }

    public static Tokenizer O200k { get; } = new("o200k_base", isO200k: true);

    public static Tokenizer Cl100k { get; } = new("cl100k_base", isO200k: false);

    public string Name { get; }

    /// <summary>Counts the same, and remembers: for texts that come again, as those of prompts do.</summary>
    public TextCounts Known { get; }

    /// <param name="utf8">The text; what is no UTF-8 in it counts as U+FFFD.</param>
    public long Count(ReadOnlySpan<byte> utf8) => Count(utf8, out _);

    /// <param name="utf8">The text; what is no UTF-8 in it counts as U+FFFD.</param>
    /// <param name="steps">For tests: how much was tried.</param>
    public long Count(ReadOnlySpan<byte> utf8, out long steps)
    {
        if (utf8.IsEmpty)
        {
            steps = 0;
            return 0;
        }

        if (Utf8.IsValid(utf8))
        {
            return CountValid(utf8, out steps);
        }

        // Three bytes for each that is wrong, at most.
        using var valid = new Scratch<byte>(checked(utf8.Length * 3));
        return CountValid(valid.Span[..Repair(utf8, valid.Span)], out steps);
    }

    /// <summary>
    /// The last place where a text can be cut so that its parts, counted each for itself, have as many tokens as the whole: between a letter and a
    /// character that neither goes on with the word nor contracts it. So much of a text may be counted before the rest is there.
    /// </summary>
    /// <param name="utf8">The text so far; its end may be half a character.</param>
    /// <returns>Bytes before the cut; 0 where there is none.</returns>
    public static int LastCut(ReadOnlySpan<byte> utf8)
    {
        bool endsWords = false;
        while (Rune.DecodeLastFromUtf8(utf8, out Rune last, out int length) is var status && length > 0)
        {
            // What is no character, or not all of one, is as little an end of words as a word.
            CharClass kind = status == OperationStatus.Done ? CharClasses.Of(last) : CharClass.Mark;
            if (endsWords && (kind & CharClass.Letter) != 0)
            {
                return utf8.Length;
            }

            endsWords = (kind & (CharClass.Letter | CharClass.Mark)) == 0 && last.Value != '\'';
            utf8 = utf8[..^length];
        }

        return 0;
    }

    private static int Repair(ReadOnlySpan<byte> utf8, Span<byte> valid)
    {
        int written = 0;
        while (!utf8.IsEmpty)
        {
            Rune.DecodeFromUtf8(utf8, out Rune rune, out int consumed);
            written += rune.EncodeToUtf8(valid[written..]);
            utf8 = utf8[consumed..];
        }

        return written;
    }

    private long CountValid(ReadOnlySpan<byte> utf8, out long steps) =>
        _isO200k ? CountPieces<O200kPieces>(utf8, out steps) : CountPieces<Cl100kPieces>(utf8, out steps);

    private long CountPieces<TRule>(ReadOnlySpan<byte> text, out long steps)
        where TRule : struct, IPieceRule
    {
        var counter = new PieceCounter(
            _vocabulary.Value, stackalloc int[Vocabulary.MaxTokenBytes], stackalloc byte[Vocabulary.MaxTokenBytes], stackalloc ulong[PieceCounter.ScratchWords]);
        long count = 0;
        for (int at = 0; at < text.Length;)
        {
            int end = TRule.End(text, at);
            count += counter.Count(text[at..end]);
            at = end;
        }

        steps = counter.Steps;
        return count;
    }
}
