using System.Runtime.InteropServices;
using System.Text;
using Gateway.Forwarding;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Forwarding;

/// <summary>What a stream holds while it waits, and that nothing of it waits longer than it has to.</summary>
public sealed class SseRelayTests : IAsyncDisposable
{
    private const int Kib = 1024;
    private const string Done = "data: [DONE]\n\n";

    private readonly RelayRig _rig = new();

    /// <summary>What one read fills is kept; if it were offered all the room there is, it would fill twice as much the next time, and so on.</summary>
    [Fact]
    public async Task LongEvents_MemoryStaysBounded()
    {
        var random = new Random(1);
        string[] events = [.. Enumerable.Range(0, 12).SelectMany(_ => (string[])[": ping\n\n", Event(random.Next(1 << 20, 3 << 20))]), Done];

        Watched stream = await RelayAsync([string.Concat(events)]);

        Assert.InRange(stream.LargestHeld, 64 * Kib, 128 * Kib);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(15 * Kib, 2)]
    [InlineData(40 * Kib, 4)]
    public async Task AfterABurst_GivesItsMemoryBack(int burst, int kibHeld)
    {
        string first = string.Concat(Enumerable.Repeat(Event(250), burst / 250));

        Watched stream = await RelayAsync([.. burst > 0 ? [first] : (string[])[], .. Enumerable.Repeat(Event(250), 40), Done]);

        Assert.InRange(stream.LastHeld, 1, kibHeld * Kib);
    }

    [Theory]
    [InlineData(20 * Kib)]
    [InlineData(100 * Kib)]
    public async Task AfterALongEvent_GivesItsMemoryBack(int length)
    {
        Watched stream = await RelayAsync([Event(length), .. Enumerable.Repeat(Event(250), 40), Done]);

        Assert.InRange(stream.LargestHeld, Math.Min(length, 64 * Kib), 256 * Kib);
        Assert.InRange(stream.LastHeld, 1, 4 * Kib);
    }

    /// <summary>Of an event that passes in pieces too: the last byte of it may come alone.</summary>
    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public async Task Event_WhereverItIsCut_IsPassedOnWhenItIsWhole(string end)
    {
        foreach (int length in (int[])[300, 1023, 1024, 1025, 65_534, 65_536, 65_537, 65_538, 65_539, 65_540, 140_000])
        {
            string whole = Event(length, end);
            for (int left = 1; left <= 5; left++)
            {
                Watched stream = await RelayAsync([whole[..^left], whole[^left..], Done]);

                // It asks for the end when it has passed the event on.
                Assert.True(stream.Passed[2] == length, $"{stream.Passed[2]} of {length} bytes, {left} of them late");
            }
        }
    }

    [Theory]
    [InlineData("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}", true)]
    [InlineData("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]", false)]
    [InlineData("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}", false)]
    [InlineData("data: {\"choices\":[{\"delta\":{},\r\ndata: \"finish_reason\":\"stop\"}]}", true)]
    [InlineData("event: end\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}", false)]
    [InlineData("data: [DONE]", true)]
    [InlineData("data: [DONE", false)]
    public async Task End_WithoutItsBlankLine_IsOneWhenItIsWhole(string last, bool isWhole)
    {
        foreach (string[] pieces in (string[][])[[Event(250), last], [Event(250) + last]])
        {
            Watched stream = await RelayAsync(pieces);

            Assert.Equal(isWhole ? RelayEnd.Complete : RelayEnd.Truncated, stream.End);
        }
    }

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    /// <summary>Of so many bytes.</summary>
    private static string Event(int length, string end = "\n")
    {
        string head = "data: {\"choices\":[{\"delta\":{\"content\":\"";
        string tail = $"\"}}}}]}}{end}{end}";
        return $"{head}{new string('x', length - head.Length - tail.Length)}{tail}";
    }

    private async Task<Watched> RelayAsync(IReadOnlyList<string> pieces)
    {
        var to = new MemoryStream();
        await using var from = new Watched([.. pieces.Select(Encoding.ASCII.GetBytes)], to);
        (from.End, _) = await _rig.RelayAsync(from, to);
        Assert.Equal(string.Concat(pieces), Encoding.ASCII.GetString(to.ToArray()));
        return from;
    }

    /// <summary>An upstream that notes, whenever it is asked for more, what the caller has by then, and what the relay holds to read into.</summary>
    private sealed class Watched(IReadOnlyList<byte[]> pieces, MemoryStream caller) : MemoryStream
    {
        private int _piece;
        private int _at;

        public RelayEnd End { get; set; }

        public int LargestHeld { get; private set; }

        public int LastHeld { get; private set; }

        /// <summary>Bytes that the caller had when a piece was asked for.</summary>
        public List<long> Passed { get; } = [];

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Assert.True(MemoryMarshal.TryGetArray<byte>(buffer, out ArraySegment<byte> held));
            LastHeld = held.Array!.Length;
            LargestHeld = Math.Max(LargestHeld, LastHeld);
            if (_at == 0)
            {
                Passed.Add(caller.Length);
            }

            if (_piece == pieces.Count)
            {
                return new ValueTask<int>(0);
            }

            ReadOnlySpan<byte> left = pieces[_piece].AsSpan(_at);
            int read = Math.Min(left.Length, buffer.Length);
            left[..read].CopyTo(buffer.Span);
            (_piece, _at) = read == left.Length ? (_piece + 1, 0) : (_piece, _at + read);
            return new ValueTask<int>(read);
        }
    }
}
