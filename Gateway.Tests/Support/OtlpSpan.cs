using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Gateway.Tests.Support;

/// <summary>A span as it stands in an export (opentelemetry/proto/trace/v1): read by its field numbers.</summary>
internal sealed record OtlpSpan(
    string TraceId, string SpanId, string ParentId, string Name, long Kind, ulong Start, ulong End, long Status, IReadOnlyDictionary<string, string> Tags,
    IReadOnlyList<(string Name, ulong Time)> Events)
{
    private const int LengthDelimited = 2;

    public TimeSpan Duration => TimeSpan.FromTicks((long)((End - Start) / 100));

    /// <summary>resource_spans (1), scope_spans (2), spans (2).</summary>
    public static IEnumerable<OtlpSpan> Read(byte[] export) => Messages(export, 1, 2, 2).Select(Span).ToArray();

    /// <summary>resource_metrics (1), scope_metrics (2), metrics (2), name (1).</summary>
    public static IEnumerable<string> MetricNames(byte[] export) => Messages(export, 1, 2, 2, 1).Select(static name => Encoding.UTF8.GetString(name.Span)).ToArray();

    public static ulong Nanoseconds(DateTimeOffset time) => (ulong)(time - DateTimeOffset.UnixEpoch).Ticks * 100;

    private static OtlpSpan Span(ReadOnlyMemory<byte> span)
    {
        ILookup<int, (ulong Number, ReadOnlyMemory<byte> Bytes)> fields = Fields(span).ToLookup(static field => field.Field, static field => (field.Number, field.Bytes));
        string Hex(int field) => Convert.ToHexStringLower(fields[field].FirstOrDefault().Bytes.Span);
        ulong Number(int field) => fields[field].FirstOrDefault().Number;
        return new OtlpSpan(
            Hex(1), Hex(2), Hex(4), Encoding.UTF8.GetString(fields[5].First().Bytes.Span), (long)Number(6), Number(7), Number(8),
            fields[15].Select(static status => (long)Fields(status.Bytes).FirstOrDefault(static field => field.Field == 3).Number).FirstOrDefault(),
            fields[9].Select(static tag => Tag(tag.Bytes)).ToDictionary(),
            [.. fields[11].Select(static e => Event(e.Bytes))]);
    }

    /// <summary>time_unix_nano (1), name (2).</summary>
    private static (string Name, ulong Time) Event(ReadOnlyMemory<byte> e)
    {
        var parts = Fields(e).ToDictionary(static field => field.Field, static field => (field.Number, field.Bytes));
        return (Encoding.UTF8.GetString(parts[2].Bytes.Span), parts[1].Number);
    }

    private static KeyValuePair<string, string> Tag(ReadOnlyMemory<byte> tag)
    {
        var parts = Fields(tag).ToDictionary(static field => field.Field, static field => field.Bytes);
        (int kind, ulong number, ReadOnlyMemory<byte> text) = Fields(parts[2]).Single();
        return new(Encoding.UTF8.GetString(parts[1].Span), kind switch
        {
            1 => Encoding.UTF8.GetString(text.Span),
            4 => BitConverter.UInt64BitsToDouble(number).ToString(CultureInfo.InvariantCulture),
            _ => ((long)number).ToString(CultureInfo.InvariantCulture),
        });
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Messages(ReadOnlyMemory<byte> message, params int[] path) => path is [var next, .. var rest]
        ? Fields(message).Where(field => field.Field == next).SelectMany(field => Messages(field.Bytes, rest))
        : [message];

    private static List<(int Field, ulong Number, ReadOnlyMemory<byte> Bytes)> Fields(ReadOnlyMemory<byte> message)
    {
        List<(int, ulong, ReadOnlyMemory<byte>)> fields = [];
        int at = 0;
        while (at < message.Length)
        {
            ulong key = Varint(message.Span, ref at);
            int field = (int)(key >> 3);
            switch ((int)(key & 7))
            {
                case 0:
                    fields.Add((field, Varint(message.Span, ref at), default));
                    break;
                case 1:
                    fields.Add((field, BinaryPrimitives.ReadUInt64LittleEndian(message.Span[at..]), default));
                    at += 8;
                    break;
                case LengthDelimited:
                    int length = (int)Varint(message.Span, ref at);
                    fields.Add((field, 0, message.Slice(at, length)));
                    at += length;
                    break;
                default:
                    fields.Add((field, BinaryPrimitives.ReadUInt32LittleEndian(message.Span[at..]), default));
                    at += 4;
                    break;
            }
        }

        return fields;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
