using System.Text.Json;

namespace Gateway.Requests;

/// <summary>
/// What is read of a body as text is short, or is none of ours: a body may be one string of 32 MB, and its text, twice as long, would stand in no account.
/// </summary>
internal static class ShortText
{
    /// <summary>Bytes of a character that is written as an escape.</summary>
    private const int Escape = 6;

    /// <summary>False: the text or name that the reader stands on is certainly longer. True: it is, or it is not much longer.</summary>
    public static bool MayBe(ref Utf8JsonReader reader, int characters) =>
        (reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length) <= Escape * (long)characters;
}
