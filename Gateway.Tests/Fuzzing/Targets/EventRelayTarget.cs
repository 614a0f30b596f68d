using System.Text;
using System.Text.Json;
using Gateway.Forwarding;
using Gateway.Recording;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>
/// The relay of event streams: byte for byte, however they are cut on their way here; whole exactly if they tell their end; nothing of one that
/// was cut off reaches the caller while it may still be tried again; the usage's event, and no other, can be taken out.
/// </summary>
internal sealed class EventRelayTarget : FuzzTarget
{
    private const int LongestHeld = 64 * 1024;

    private RelayRig? _rig;

    public override string Name => "event-relay";

    public override int ShortInputs => 2500;

    public override IReadOnlyList<byte[]> Seeds { get; } = Texts([.. SseText.Streams, string.Concat(Enumerable.Repeat("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n", 60)) + "data: [DONE]\n\n"]);

    public override IReadOnlyList<string> Words => SseText.Words;

    public override IReadOnlyList<string> Reaches => ["whole", "cut"];

    public override Task StartAsync()
    {
        _rig = new RelayRig();
        return Task.CompletedTask;
    }

    public override async ValueTask<string> TryAsync(byte[] input)
    {
        Relayed whole = await RelayAsync(input, int.MaxValue, isPreemptible: false, hidesUsage: false);
        Assert.True(input.AsSpan().SequenceEqual(whole.Bytes), "not byte for byte");
        Assert.Equal(whole.Sent, whole.Record.ResponseBytes);
        bool isJson = SseText.EventsOf(Encoding.Latin1.GetString(input)).All(static one => DataOf(one) is var data && (data.Trim() is "" or "[DONE]" || Parse(data) is not null));
        foreach (int piece in (int[])[1, 7, 64])
        {
            Relayed cut = await RelayAsync(input, piece, isPreemptible: false, hidesUsage: false);
            Assert.True(input.AsSpan().SequenceEqual(cut.Bytes), "not byte for byte when cut");
            Assert.Equal(whole.End, cut.End);
            Assert.True(!isJson || (whole.Record.InputTokens, whole.Record.OutputTokens) == (cut.Record.InputTokens, cut.Record.OutputTokens), "another usage when cut");
        }

        Relayed held = await RelayAsync(input, 1 + (input.Length % 50), isPreemptible: true, hidesUsage: false);
        Assert.True(held.Bytes.Length == 0 || input.AsSpan().SequenceEqual(held.Bytes), "a part of what was held back");
        Assert.Equal(whole.End, held.End);
        Assert.True(held.End == RelayEnd.Complete || held.Bytes.Length == 0 || HasContent(input), "an answer without content passed, and broke off");

        AssertHidden(input, await RelayAsync(input, 1 + (input.Length % 90), isPreemptible: false, hidesUsage: true));
        return whole.End == RelayEnd.Complete ? "whole" : "cut";
    }

    protected override async ValueTask StopAsync()
    {
        if (_rig is not null)
        {
            await _rig.DisposeAsync();
        }
    }

    private static bool HasContent(byte[] input)
    {
        int at = 0;
        for (int length; (length = SseEvents.FirstLength(input.AsSpan(at))) > 0; at += length)
        {
            if (SseEvents.IsContent(input.AsSpan(at, length)))
            {
                return true;
            }
        }

        return input.Length > LongestHeld;
    }

    private static void AssertHidden(byte[] input, Relayed relayed)
    {
        List<string> expected = [.. SseText.EventsOf(Encoding.Latin1.GetString(input))];
        if (expected.Exists(static one => Parse(DataOf(one)) is { ValueKind: JsonValueKind.Object } root && root.EnumerateObject().Any(static member => NameOf(member) is null)))
        {
            // Where a name is no text, what stands behind it may or may not be read: nobody's upstream says such things.
            return;
        }

        expected.RemoveAll(IsUsage);
        Assert.Equal(expected, SseText.EventsOf(Encoding.Latin1.GetString(relayed.Bytes)));
    }

    /// <summary>No choices, a usage, and neither what Azure's filters say nor an error.</summary>
    private static bool IsUsage(string oneEvent)
    {
        JsonProperty[] members = Parse(DataOf(oneEvent)) is { ValueKind: JsonValueKind.Object } root ? [.. root.EnumerateObject()] : [];
        JsonProperty[] choices = [.. members.Where(static member => NameOf(member) == "choices")];
        return choices.Length > 0
            && choices.All(static member => member.Value.ValueKind == JsonValueKind.Array && member.Value.GetArrayLength() == 0)
            && members.Any(static member => NameOf(member) == "usage" && member.Value.ValueKind == JsonValueKind.Object)
            && members.All(static member => NameOf(member) is not ("prompt_filter_results" or "error") || member.Value.ValueKind == JsonValueKind.Null);
    }

    private static string DataOf(string oneEvent) => string.Join('\n', oneEvent.Split('\n')
        .Select(static line => line.StartsWith("\u00EF\u00BB\u00BF", StringComparison.Ordinal) ? line[3..] : line)
        .Where(static line => line.StartsWith("data:", StringComparison.Ordinal))
        .Select(static line => line["data:".Length..]));

    private static JsonElement? Parse(string data)
    {
        try
        {
            return JsonElement.Parse(Encoding.Latin1.GetBytes(data));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Half of a surrogate pair names nothing.</summary>
    private static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private async Task<Relayed> RelayAsync(byte[] input, int piece, bool isPreemptible, bool hidesUsage)
    {
        var sent = new MemoryStream();
        await using var stream = new PieceStream(input, piece);
        (RelayEnd end, AccessRecord record) = await _rig!.RelayAsync(stream, sent, isPreemptible, hidesUsage);
        return new Relayed(end, sent.ToArray(), record);
    }

    private sealed record Relayed(RelayEnd End, byte[] Bytes, AccessRecord Record)
    {
        public long Sent => Bytes.Length;
    }
}
