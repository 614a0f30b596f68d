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
    [InlineData("8182000000006869", true)]
    [InlineData("8180000000008980000000008A80000000008882000000000000", true)]
    [InlineData("01800000000089800000000080800000000082800000000081800000 0000", true)]
    [InlineData("81FE007E00000000", true)]
    [InlineData("82FF000000000001000000000000", true)]
    [InlineData("81026869", false)]
    [InlineData("8180000000008100", false)]
    [InlineData("C180000000000000", false)]
    [InlineData("A180000000000000", false)]
    [InlineData("83800000000000", false)]
    [InlineData("8B800000000000", false)]
    [InlineData("098000000000", false)]
    [InlineData("808000000000", false)]
    [InlineData("018000000000818000000000", false)]
    [InlineData("89FE007E00000000", false)]
    [InlineData("81FE007D00000000", false)]
    [InlineData("82FF000000000000FFFF00000000", false)]
    [InlineData("82FF800000000000000000000000", false)]
    [InlineData("474554202F20485454502F312E310D0A0D0A", false)]
    [Trait("row", "U7")]
    public void Pass_FramesOfACaller_AreHeldToTheRules(string frames, bool isLegal)
    {
        byte[] sent = Convert.FromHexString(frames.Replace(" ", "", StringComparison.Ordinal));
        var whole = new WebSocketFrames();
        whole.Pass(sent);
        var pieces = new WebSocketFrames();
        foreach (byte part in sent)
        {
            pieces.Pass([part]);
        }

        Assert.Equal((isLegal, isLegal), (!whole.IsIllegalOfCaller, !pieces.IsIllegalOfCaller));
    }

    [Fact]
    public void Pass_ReservedBitsOfAnExtension_AreLegalWhereOneWasAgreedOn()
    {
        var frames = new WebSocketFrames(isExtended: true);
        frames.Pass([0xC1, 0x80, 0, 0, 0, 0]);
        Assert.False(frames.IsIllegalOfCaller);

        frames.Pass([0xC1, 0x00]);
        Assert.True(frames.IsIllegalOfCaller);
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
