using System.Buffers;

namespace Gateway.Recording.Logs;

/// <summary>How an entry looks: for a person on a terminal, or for a machine.</summary>
internal interface ILogFormat
{
    void Write(in LogEntry entry, IBufferWriter<byte> output);

    void WriteDropped(DateTimeOffset time, long count, IBufferWriter<byte> output);
}
