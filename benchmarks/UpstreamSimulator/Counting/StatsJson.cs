using System.Buffers;
using System.Text.Json;

namespace UpstreamSimulator.Counting;

/// <summary>The body of <c>GET /sim/stats</c>.</summary>
internal static class StatsJson
{
    public static ReadOnlyMemory<byte> Write(StatsSnapshot stats)
    {
        ArrayBufferWriter<byte> buffer = new(512);
        using Utf8JsonWriter json = new(buffer);
        json.WriteStartObject();
        json.WriteNumber("live"u8, stats.Live);
        json.WriteNumber("max_live"u8, stats.MaxLive);
        json.WriteNumber("started"u8, stats.Started);
        json.WriteNumber("completed"u8, stats.Completed);
        json.WriteNumber("refused"u8, stats.Refused);
        json.WriteNumber("aborted"u8, stats.Aborted);
        json.WriteNumber("failed"u8, stats.Failed);
        json.WriteNumber("aborting"u8, stats.Aborting);
        json.WriteStartObject("abort_delay_ms"u8);
        json.WriteNumber("p50"u8, stats.AbortDelayP50Ms);
        json.WriteNumber("p99"u8, stats.AbortDelayP99Ms);
        json.WriteEndObject();
        json.WriteNumber("billable_starts"u8, stats.BillableStarts);
        json.WriteNumber("tokens_out"u8, stats.TokensOut);
        json.WriteStartObject("by_model"u8);
        foreach ((string name, ModelSnapshot model) in stats.ByModel) WriteModel(json, name, model);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static void WriteModel(Utf8JsonWriter json, string name, ModelSnapshot model)
    {
        json.WriteStartObject(name);
        json.WriteNumber("live"u8, model.Live);
        json.WriteNumber("started"u8, model.Started);
        json.WriteNumber("completed"u8, model.Completed);
        json.WriteNumber("aborted"u8, model.Aborted);
        json.WriteNumber("billable_starts"u8, model.BillableStarts);
        json.WriteNumber("tokens_out"u8, model.TokensOut);
        json.WriteEndObject();
    }
}
