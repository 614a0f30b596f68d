using System.Buffers;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Gateway.Management.Metrics;

/// <summary>
/// Exports to whoever asks, in the text format of Prometheus. The form of OpenTelemetry's own exporter, so that this one can give way to it.
/// </summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
{
    private readonly ArrayBufferWriter<byte> _text = new();

    /// <summary>One at a time: the readings of two must not mix.</summary>
    private readonly Lock _lock = new();

    /// <summary>Set by the reader: makes it read all instruments and hand them to <see cref="Export"/>.</summary>
    public Func<int, bool>? Collect { get; set; }

    /// <summary>All metrics as they are now.</summary>
    public byte[] Scrape()
    {
        lock (_lock)
        {
            _text.ResetWrittenCount();
            Collect?.Invoke(Timeout.Infinite);
            return _text.WrittenSpan.ToArray();
        }
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var text = new PrometheusText(_text);
        foreach (Metric metric in batch)
        {
            text.Write(metric);
        }

        return ExportResult.Success;
    }
}
