using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Forwarding;
using Gateway.Recording;
using Gateway.Tests.Recording;
using Xunit;

namespace Gateway.Tests.Forwarding;

/// <summary>What an upstream says of tokens on a WebSocket is summed, however its messages come.</summary>
[Trait("req", "P8")]
public class RealtimeUsageTests
{
    private const string Done = """{"type":"response.done","event_id":"event_1","response":{"object":"realtime.response","id":"resp_1","output":[],"usage":{"total_tokens":12,"input_tokens":7,"output_tokens":5,"input_token_details":{"text_tokens":7,"cached_tokens_details":{"text_tokens":3}}},"metadata":null}}""";

    private static readonly string[] Silent =
    [
        """{"type":"response.audio.delta","delta":"AAAA"}""",
        """{"type":"response.created","response":{"usage":null}}""",
        """{"type":"response.text.delta","delta":"{\"type\":\"response.done\",\"usage\":{\"input_tokens\":9}}"}""",
        $$$"""{"type":"response.audio.delta","delta":"{{{new string('A', 20_000)}}}","usage":{"input_tokens":1000}}""",
        "",
    ];

    [Fact]
    public void Pass_MessagesInAnyFramesAndPieces_SumsWhatIsTold()
    {
        Gen<string> message = Gen.OneOf(Gen.Elements(Silent), Gen.Constant(Done), Gen.Constant(Long(Done)), Gen.Constant(Done.Replace("\":\"", "\" : \"", StringComparison.Ordinal)));
        Gen<(string[] Messages, int[] Cuts)> cases =
            from messages in Gen.ArrayOf(message)
            from cuts in Gen.NonEmptyListOf(Gen.Choose(1, 9000))
            select (messages, cuts.ToArray());

        Prop.ForAll(cases.ToArbitrary(), static one =>
        {
            byte[] all = [.. one.Messages.SelectMany((text, index) => Frames(text, one.Cuts[index % one.Cuts.Length]))];
            AccessRecord record = Records.New();
            var frames = new WebSocketFrames(new RealtimeUsage(record, spent: null));
            for (int at = 0, piece = 0; at < all.Length; piece++)
            {
                int length = Math.Min(one.Cuts[piece % one.Cuts.Length], all.Length - at);
                frames.Pass(all.AsSpan(at, length));
                at += length;
            }

            int told = one.Messages.Count(static text => !Silent.Contains(text));
            Assert.Equal(told == 0 ? (null, null) : (7L * told, 5L * told), (record.InputTokens, record.OutputTokens));
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>All that a caller may give a response to carry, which comes behind its usage.</summary>
    [Fact]
    public void Pass_LongestMetadataBehindTheUsage_IsCounted()
    {
        string text = string.Concat(Enumerable.Repeat("\\u00e4", 512));
        string metadata = string.Join(',', Enumerable.Range(0, 16).Select(number => $"\"{number:D64}\":\"{text}\""));
        AccessRecord record = Records.New();
        var frames = new WebSocketFrames(new RealtimeUsage(record, spent: null));

        frames.Pass([.. Frames(Done.Replace("\"metadata\":null", $"\"metadata\":{{{metadata}}}", StringComparison.Ordinal), 1000)]);

        Assert.Equal((7L, 5L), (record.InputTokens, record.OutputTokens));
    }

    [Theory]
    [InlineData(0xC1)]
    [InlineData(0x82)]
    public void Pass_CompressedOrBinary_IsNotRead(int first)
    {
        byte[] payload = Encoding.UTF8.GetBytes(Done);
        AccessRecord record = Records.New();
        var frames = new WebSocketFrames(new RealtimeUsage(record, spent: null));

        frames.Pass([(byte)first, 126, (byte)(payload.Length >> 8), (byte)payload.Length, .. payload]);

        Assert.True(frames.IsBetweenFrames);
        Assert.Null(record.InputTokens);
    }

    /// <summary>With a text in front of its usage that no buffer holds.</summary>
    private static string Long(string message) =>
        message.Replace("\"output\":[]", $"\"output\":[{{\"transcript\":\"{new string('x', 30_000)}\"}}]", StringComparison.Ordinal);

    /// <summary>A message in fragments, with a ping between them.</summary>
    private static IEnumerable<byte> Frames(string text, int fragment)
    {
        byte[] payload = Encoding.UTF8.GetBytes(text);
        byte[][] parts = payload.Length == 0 ? [[]] : [.. payload.Chunk(fragment)];
        for (int i = 0; i < parts.Length; i++)
        {
            int first = (i == 0 ? 0x01 : 0x00) | (i == parts.Length - 1 ? 0x80 : 0);
            foreach (byte part in (byte[])[(byte)first, 126, (byte)(parts[i].Length >> 8), (byte)parts[i].Length, .. parts[i]])
            {
                yield return part;
            }

            if (i < parts.Length - 1)
            {
                foreach (byte part in (byte[])[0x89, 4, (byte)'"', (byte)'}', 0x88, 0])
                {
                    yield return part;
                }
            }
        }
    }
}
