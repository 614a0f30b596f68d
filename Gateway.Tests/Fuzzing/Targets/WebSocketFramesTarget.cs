using System.Buffers.Binary;
using Gateway.Forwarding;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>WebSocket frames, cut anywhere: where one ends, and whether goodbye was said, as by reading them whole.</summary>
internal sealed class WebSocketFramesTarget : FuzzTarget
{
    public override string Name => "websocket-frames";

    public override int ShortInputs => 10_000;

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        [0x81, 0x02, (byte)'h', (byte)'i', 0x88, 0x02, 0x03, 0xE8], [0x82, 0x85, 1, 2, 3, 4, 9, 9, 9, 9, 9, 0x89, 0x00], [0x01, 0x7E, 0x00, 0x03, 1, 2, 3, 0x80, 0x00],
        [0x82, 0x7F, 0, 0, 0, 0, 0, 0, 0, 2, 5, 6], [0x82, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4, 5], [0x88, 0x80, 1, 2, 3, 4],
    ];

    public override IReadOnlyList<string> Words { get; } = ["\u0001\u0002", "\u007e\0\0", "\u007f\0\0\0\0\0\0\0\u0001", "\0", "\u0008\0"];

    public override IReadOnlyList<string> Reaches => ["between", "inside", "closed"];

    public override ValueTask<string> TryAsync(byte[] input)
    {
        (bool isBetween, bool hasClosed) = Expected(input);
        Random dice = DiceOf(input);
        foreach (int most in (int[])[1, 5, int.MaxValue])
        {
            var frames = new WebSocketFrames();
            for (int at = 0; at < input.Length;)
            {
                int length = Math.Min(most == int.MaxValue ? most : dice.Next(1, most + 1), input.Length - at);
                frames.Pass(input.AsSpan(at, length));
                at += length;
            }

            Assert.Equal((isBetween, hasClosed), (frames.IsBetweenFrames, frames.HasClosed));
        }

        return new(hasClosed ? "closed" : isBetween ? "between" : "inside");
    }

    private static (bool IsBetween, bool HasClosed) Expected(byte[] input)
    {
        bool hasClosed = false;
        for (UInt128 at = 0; ;)
        {
            if (at >= (UInt128)input.Length)
            {
                return (at == (UInt128)input.Length, hasClosed);
            }

            ReadOnlySpan<byte> frame = input.AsSpan((int)at);
            hasClosed |= (frame[0] & 0x0F) == 8;
            int extra = frame.Length < 2 ? 0 : (frame[1] & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 };
            int header = 2 + extra + (frame.Length > 1 && (frame[1] & 0x80) != 0 ? 4 : 0);
            if (frame.Length < header)
            {
                return (false, hasClosed);
            }

            ulong payload = extra switch
            {
                0 => (ulong)(frame[1] & 0x7F),
                2 => BinaryPrimitives.ReadUInt16BigEndian(frame[2..]),
                _ => BinaryPrimitives.ReadUInt64BigEndian(frame[2..]),
            };
            at += (UInt128)header + payload;
        }
    }
}
