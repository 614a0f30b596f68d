using System.Text;

namespace UpstreamSimulator.Answering;

/// <summary>
/// The words of every answer: token i is always the same three letters, behind a space but for the first. Prebuilt, because a load run
/// must not measure the making of words.
/// </summary>
internal static class Vocabulary
{
    private const int TokenBytes = 4;
    private const int WordCount = 62;
    private const int Prebuilt = WordCount * 64;
    private const string Words =
        "the sun set far off and one old fox ran out for his own way but had not yet met any dog who may see him run now air low sea sky "
        + "red ice key map net oak pen row tea urn van web yak zoo arm bow cup day ear fig gem hat ink jar kit log mud nut orb pie";

    private static readonly byte[] Text = Build(Prebuilt);

    /// <summary>One token, as a stream sends it.</summary>
    public static ReadOnlySpan<byte> Token(int index) => index == 0
        ? Text.AsSpan(0, TokenBytes - 1)
        : Text.AsSpan((((index - 1) % WordCount + 1) * TokenBytes) - 1, TokenBytes);

    /// <summary>The whole text of the first <paramref name="count"/> tokens: exactly the tokens of a stream, put together.</summary>
    public static ReadOnlySpan<byte> Of(int count)
    {
        if (count == 0) return [];
        return (count <= Prebuilt ? Text : Build(count)).AsSpan(0, (count * TokenBytes) - 1);
    }

    private static byte[] Build(int count)
    {
        byte[] words = Encoding.ASCII.GetBytes(Words + " ");
        byte[] text = new byte[count * TokenBytes];
        for (int i = 0; i < text.Length; i++) text[i] = words[i % words.Length];
        return text;
    }
}
