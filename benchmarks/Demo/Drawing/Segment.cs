using Demo.Observing;

namespace Demo.Drawing;

/// <summary>A piece of a row.</summary>
internal sealed record Segment(SegmentKind Kind, TimeSpan From, TimeSpan To)
{
    /// <summary>The pieces of a row from its arrival until now, without gaps.</summary>
    public static IReadOnlyList<Segment> Of(Row row, TimeSpan now)
    {
        if (row.Caller.SentAt is not { } cursor)
        {
            return [];
        }

        var segments = new List<Segment>();
        TimeSpan end = row.Caller.EndedAt ?? now;
        foreach (ServerCall call in row.Calls)
        {
            segments.Add(new Segment(SegmentKind.Waiting, cursor, call.Start));

            // The answer's last bytes are still on their way when the server is done with it.
            cursor = call.IsInterrupted ? call.End ?? end : end;
            AddCall(segments, row, call.Start, cursor);
        }

        segments.Add(new Segment(SegmentKind.Waiting, cursor, end));
        segments.RemoveAll(static segment => segment.To <= segment.From);
        return segments;
    }

    private static void AddCall(List<Segment> segments, Row row, TimeSpan start, TimeSpan end)
    {
        TimeSpan content = row.Caller.FirstContentAt is { } first && first > start ? first : end;
        segments.Add(new Segment(SegmentKind.Running, start, content));
        segments.Add(new Segment(SegmentKind.Streaming, content, end));
    }
}
