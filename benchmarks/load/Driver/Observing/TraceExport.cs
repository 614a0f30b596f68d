namespace Load.Driver.Observing;

/// <summary>As much of an <c>ExportTraceServiceRequest</c> (Protocol Buffers) as it takes to count its spans.</summary>
internal static class TraceExport
{
    /// <summary>resource_spans, in it scope_spans, in it spans.</summary>
    private static readonly int[] PathToSpan = [1, 2, 2];

    public static int Spans(ReadOnlySpan<byte> message) => Count(message, 0);

    private static int Count(ReadOnlySpan<byte> message, int depth)
    {
        int count = 0;
        while (!message.IsEmpty)
        {
            ulong tag = TakeNumber(ref message);
            ReadOnlySpan<byte> field = TakeField(ref message, (int)(tag & 7));
            if ((int)(tag >> 3) == PathToSpan[depth])
                count += depth + 1 == PathToSpan.Length ? 1 : Count(field, depth + 1);
        }

        return count;
    }

    private static ReadOnlySpan<byte> TakeField(ref ReadOnlySpan<byte> message, int wireType)
    {
        switch (wireType)
        {
            case 0:
                TakeNumber(ref message);
                return [];
            case 1:
                return Take(ref message, 8);
            case 2:
                return Take(ref message, (int)TakeNumber(ref message));
            case 5:
                return Take(ref message, 4);
            default:
                throw new InvalidDataException($"wire type {wireType} in a trace export");
        }
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> message, int length)
    {
        ReadOnlySpan<byte> field = message[..length];
        message = message[length..];
        return field;
    }

    private static ulong TakeNumber(ref ReadOnlySpan<byte> message)
    {
        ulong number = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = Take(ref message, 1)[0];
            number |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return number;
        }
    }
}
