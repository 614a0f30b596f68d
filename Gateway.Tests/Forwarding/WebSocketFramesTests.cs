using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Forwarding;
using Xunit;
using Outcome = Gateway.Requests.Outcome;

namespace Gateway.Tests.Forwarding;

[Trait("req", "P8")]
public class WebSocketFramesTests
{
    [Fact]
    public void Pass_AnyFramesInAnyPieces_KnowsWhereEachEnds()
    {
        Gen<byte[]> frame =
            from opcode in Gen.Elements(0x00, 0x81, 0x02, 0xC1, 0x89, 0x8A)
            from length in Gen.OneOf(Gen.Choose(0, 200), Gen.Elements(125, 126, 127, 65_535, 65_536, 70_000))
            from masked in Gen.Elements(true, false)
            select Frame((byte)opcode, length, masked);
        Gen<(byte[][] Frames, int[] Pieces)> cases =
            from frames in Gen.ArrayOf(frame)
            from pieces in Gen.NonEmptyListOf(Gen.Choose(1, 9000))
            select (frames, pieces.ToArray());

        Prop.ForAll(cases.ToArbitrary(), static one =>
        {
            byte[] all = [.. one.Frames.SelectMany(static frame => frame)];
            int[] ends = [0, .. one.Frames.Select((_, index) => one.Frames.Take(index + 1).Sum(static frame => frame.Length))];
            var frames = new WebSocketFrames();
            int at = 0;
            for (int piece = 0; at < all.Length; piece++)
            {
                int length = Math.Min(one.Pieces[piece % one.Pieces.Length], all.Length - at);
                frames.Pass(all.AsSpan(at, length));
                at += length;
                Assert.Equal(ends.Contains(at), frames.IsBetweenFrames);
            }

            Assert.True(frames.IsBetweenFrames);
            Assert.False(frames.HasClosed);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(0x88, true)]
    [InlineData(0x08, true)]
    [InlineData(0x89, false)]
    [InlineData(0x81, false)]
    public void Pass_CloseFrame_IsNoticed(int first, bool closes)
    {
        var frames = new WebSocketFrames();

        // The payload may hold the byte of a close frame; only a frame's first byte counts.
        frames.Pass([0x82, 0x02, 0x88, 0x88]);
        Assert.False(frames.HasClosed);
        frames.Pass([(byte)first]);

        Assert.Equal(closes, frames.HasClosed);
        Assert.False(frames.IsBetweenFrames);
    }

    [Theory]
    [InlineData((int)Outcome.UpstreamIdleTimeout, true)]
    [InlineData((int)Outcome.UpstreamTotalTimeout, false)]
    [InlineData((int)Outcome.Draining, true)]
    public void CloseFrame_OfAnOwnEnd_IsOneWholeControlFrame(int outcome, bool toServer)
    {
        byte[] frame = CloseFrame.Of((Outcome)outcome, toServer);
        var frames = new WebSocketFrames();
        frames.Pass(frame);

        Assert.True(frames is { HasClosed: true, IsBetweenFrames: true });
        Assert.Equal(toServer, (frame[1] & 0x80) != 0);
        Assert.InRange(frame[1] & 0x7F, 2, 125);
        byte[] payload = frame[(toServer ? 6 : 2)..];
        if (toServer)
        {
            payload = [.. payload.Select((part, index) => (byte)(part ^ frame[2 + (index % 4)]))];
        }

        Assert.Equal(1001, BinaryPrimitives.ReadUInt16BigEndian(payload));
        Assert.Matches("^[A-Z][ -~]+\\.$", System.Text.Encoding.ASCII.GetString(payload[2..]));
    }

    private static byte[] Frame(byte first, int length, bool masked)
    {
        byte mask = (byte)(masked ? 0x80 : 0);
        byte[] size = length switch
        {
            < 126 => [(byte)(mask | length)],
            <= ushort.MaxValue => [(byte)(mask | 126), (byte)(length >> 8), (byte)length],
            _ => [(byte)(mask | 127), 0, 0, 0, 0, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length],
        };
        return [first, .. size, .. masked ? new byte[4] : [], .. Enumerable.Repeat((byte)0x88, length)];
    }
}
