namespace Load.Driver.Observing;

/// <summary>As much of InfluxDB's line protocol as it takes to count.</summary>
internal static class LineProtocol
{
    /// <summary>How many lines speak of <paramref name="endpoint"/>.</summary>
    public static int Points(ReadOnlySpan<byte> lines, ReadOnlySpan<byte> endpoint)
    {
        int points = 0;
        foreach (Range line in lines.Split((byte)'\n'))
            points += lines[line].IndexOf(endpoint) >= 0 ? 1 : 0;
        return points;
    }
}
