using Demo.Observing;

namespace Demo.Drawing;

/// <summary>One request on the time axis, a character per step of time.</summary>
internal static class RowCells
{
    public static IReadOnlyList<Run> Of(Row row, TimeSpan now, TimeSpan step, int count)
    {
        var cells = new char[count];
        Array.Fill(cells, ' ');
        IReadOnlyList<Segment> segments = Segment.Of(row, now);
        for (int i = 0; i < count; i++)
        {
            TimeSpan middle = (i + 0.5) * step;
            if (segments.FirstOrDefault(segment => segment.From <= middle && middle < segment.To) is { } segment)
            {
                cells[i] = Glyphs.Of(segment.Kind);
            }
        }

        // Moments last: however short, they must not fall between two steps.
        foreach (ServerCall call in row.Calls.Where(static call => call.IsInterrupted))
        {
            Mark(cells, call.End, step, Glyphs.Interrupted);
        }

        Mark(cells, row.Caller.EndedAt, step, row.Caller.Answer is { Problem: null } ? Glyphs.Done : Glyphs.Failed);
        return Runs(cells, Inks.Of(row.Request.Tier));
    }

    private static void Mark(char[] cells, TimeSpan? at, TimeSpan step, char glyph)
    {
        if (at is { } moment && (int)(moment / step) is var index && index < cells.Length)
        {
            cells[index] = glyph;
        }
    }

    private static List<Run> Runs(char[] cells, Ink tier)
    {
        var runs = new List<Run>();
        int start = 0;
        for (int i = 1; i <= cells.Length; i++)
        {
            if (i == cells.Length || cells[i] != cells[start])
            {
                Ink ink = cells[start] switch
                {
                    Glyphs.Interrupted or Glyphs.Failed => Ink.Cut,
                    Glyphs.Done => Ink.Done,
                    _ => tier,
                };
                runs.Add(new Run(new string(cells, start, i - start), ink));
                start = i;
            }
        }

        return runs;
    }
}
