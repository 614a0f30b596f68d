using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gateway.Forwarding;

/// <summary>
/// Where a JSON object's own members stand, told without reading it: 32 bytes at a time, because every plain answer is looked through, and nearly all of it is
/// text. Of what is no JSON it says something, and nothing wrong follows from that.
/// </summary>
internal static class JsonRoot
{
    private const int BlockBytes = 32;

    /// <summary>Brackets and braces differ in this bit alone.</summary>
    private const byte Curly = 0x20;

    /// <summary>What comes behind such a beginning stands in the object itself, and in nothing inside of it.</summary>
    /// <param name="beginning">Of a JSON object, cut anywhere.</param>
    public static bool IsInItself(ReadOnlySpan<byte> beginning)
    {
        beginning = beginning.TrimStart(" \t\r\n"u8);
        if (beginning is not [(byte)'{', .. var rest])
        {
            return false;
        }

        var state = new State { Depth = 1 };
        while (rest.Length >= BlockBytes && state.Depth > 0)
        {
            if (!TryTakeBlock(rest, ref state))
            {
                Take(rest[..BlockBytes], ref state);
            }

            rest = rest[BlockBytes..];
        }

        if (state.Depth > 0)
        {
            Take(rest, ref state);
        }

        return state is { Depth: 1, IsInString: false };
    }

    /// <summary>False when it must be looked at byte by byte: it holds an escape, or the end of the object may lie in it.</summary>
    private static bool TryTakeBlock(ReadOnlySpan<byte> bytes, ref State state)
    {
        Vector256<byte> block = Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(bytes));
        if (state.IsEscaped || Vector256.EqualsAny(block, Vector256.Create((byte)'\\')))
        {
            return false;
        }

        // A byte is in a string when an odd number of quotes stands before it.
        uint quotes = Vector256.Equals(block, Vector256.Create((byte)'"')).ExtractMostSignificantBits();
        uint inside = quotes;
        for (int shift = 1; shift < BlockBytes; shift *= 2)
        {
            inside ^= inside << shift;
        }

        inside = state.IsInString ? ~inside : inside;
        Vector256<byte> shapes = block & Vector256.Create(unchecked((byte)~Curly));
        uint closing = Vector256.Equals(shapes, Vector256.Create((byte)']')).ExtractMostSignificantBits() & ~inside;
        int closed = BitOperations.PopCount(closing);
        if (closed >= state.Depth)
        {
            return false;
        }

        uint opening = Vector256.Equals(shapes, Vector256.Create((byte)'[')).ExtractMostSignificantBits() & ~inside;
        state.Depth += BitOperations.PopCount(opening) - closed;
        state.IsInString = (inside >> (BlockBytes - 1)) != 0;
        return true;
    }

    private static void Take(ReadOnlySpan<byte> bytes, ref State state)
    {
        foreach (byte sign in bytes)
        {
            if (state.IsInString)
            {
                state.IsInString = state.IsEscaped || sign != '"';
                state.IsEscaped = !state.IsEscaped && sign == '\\';
            }
            else if (sign == '"')
            {
                state.IsInString = true;
            }
            else if ((sign & ~Curly) == '[')
            {
                state.Depth++;
            }
            else if ((sign & ~Curly) == ']' && --state.Depth == 0)
            {
                return;
            }
        }
    }

    private struct State
    {
        public int Depth;
        public bool IsInString;
        public bool IsEscaped;
    }
}
