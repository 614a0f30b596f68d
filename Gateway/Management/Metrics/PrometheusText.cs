using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Gateway.Management.Metrics;

/// <summary>Writes metrics in the text format of Prometheus, version 0.0.4.</summary>
internal sealed class PrometheusText(IBufferWriter<byte> output)
{
    private const int LongestNumber = 32;

    public void Write(Metric metric)
    {
        bool isCounter = metric.MetricType is MetricType.LongSum or MetricType.DoubleSum;
        bool isHistogram = metric.MetricType is MetricType.Histogram;
        string name = PrometheusName.Of(metric.Name, metric.Unit, isCounter, isGauge: !isCounter && !isHistogram);
        bool isAnnounced = false;
        foreach (ref readonly MetricPoint point in metric.GetMetricPoints())
        {
            if (!isAnnounced)
            {
                isAnnounced = true;
                Line($"# HELP {name} {Help(metric)}");
                Line($"# TYPE {name} {(isCounter ? "counter" : isHistogram ? "histogram" : "gauge")}");
            }

            if (isHistogram)
            {
                WriteHistogram(name, point);
            }
            else
            {
                Sample(name, point.Tags, ValueOf(metric.MetricType, point));
            }
        }
    }

    private void WriteHistogram(string name, in MetricPoint point)
    {
        long count = 0;
        foreach (HistogramBucket bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            Sample($"{name}_bucket", point.Tags, count, Number(bucket.ExplicitBound));
        }

        Sample($"{name}_sum", point.Tags, point.GetHistogramSum());

        // Of the same reading as the buckets, so that the last of them is the count whatever was recorded meanwhile.
        Sample($"{name}_count", point.Tags, count);
    }

    private static double ValueOf(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
        MetricType.LongGauge => point.GetGaugeLastValueLong(),
        MetricType.DoubleGauge => point.GetGaugeLastValueDouble(),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No instrument of ours is of this kind."),
    };

    private void Sample(string name, ReadOnlyTagCollection labels, double value, string? upTo = null)
    {
        Text(name);
        char separator = '{';
        foreach (KeyValuePair<string, object?> label in labels)
        {
            Label(separator, PrometheusName.Plain(label.Key), Convert.ToString(label.Value, CultureInfo.InvariantCulture) ?? "");
            separator = ',';
        }

        if (upTo is not null)
        {
            Label(separator, "le", upTo);
            separator = ',';
        }

        Text(separator == ',' ? "} " : " ");
        Value(value);
        Text("\n");
    }

    private void Label(char separator, string name, string value)
    {
        Span<char> start = [separator];
        Encoding.UTF8.GetBytes(start, output);
        Text(name);
        Text("=\"");
        Text(Escaped(value));
        Text("\"");
    }

    private void Value(double value)
    {
        if (double.IsFinite(value) && Utf8Formatter.TryFormat(value, output.GetSpan(LongestNumber), out int written))
        {
            output.Advance(written);
        }
        else
        {
            Text(Number(value));
        }
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    private static string Escaped(string value) => value.AsSpan().IndexOfAny('\\', '"', '\n') < 0
        ? value
        : value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Help(Metric metric) =>
        metric.Description.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private void Line(string line)
    {
        Text(line);
        Text("\n");
    }

    private void Text(string text) => Encoding.UTF8.GetBytes(text, output);
}
