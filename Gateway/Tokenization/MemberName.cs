using System.Text.Json;

namespace Gateway.Tokenization;

/// <summary>The name of a member, to be compared by its length first: to ask the reader for one name after the other costs more than to read the prompt.</summary>
internal static class MemberName
{
    /// <summary>Bytes of the longest name that anybody looks for, every character of it escaped.</summary>
    private const int Longest = 6 * 16;

    /// <summary>As it is meant, escapes undone. Empty when it is longer than any that is looked for, or no text.</summary>
    /// <param name="reader">At the name.</param>
    public static ReadOnlySpan<byte> Of(ref Utf8JsonReader reader)
    {
        if (!reader.HasValueSequence && !reader.ValueIsEscaped)
        {
            return reader.ValueSpan;
        }

        long length = reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length;
        if (length > Longest)
        {
            return default;
        }

        byte[] name = new byte[length];
        try
        {
            return name.AsSpan(0, reader.CopyString(name));
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair.
            return default;
        }
    }
}
