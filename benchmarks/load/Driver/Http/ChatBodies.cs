using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Load.Driver.Http;

/// <summary>Chat request bodies. Unless asked for, neither temperature nor seed is set, so that no cache may answer in the upstream's place.</summary>
internal static class ChatBodies
{
    private const int MessageChars = 2_000;

    // Clients in Python and JavaScript escape only what JSON demands.
    private static readonly JsonWriterOptions AsClientsWrite = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Words of mixed length, with what JSON must escape and what UTF-8 needs two or three bytes for: text of a single letter would be unusually
    // cheap for every scanner on the way.
    private static readonly string[] Words =
    [
        "the", "request", "of", "streams", "and", "tokens", "a", "gateway", "answers", "\"quoted\"", "in", "latency,", "which\n", "configuration",
        "is", "queued;", "naïve", "to", "preemption.", "upstream", "C:\\temp", "for", "42", "é", "models", "日本語", "with", "international",
        "if", "(maybe)",
    ];

    /// <summary>About 250 bytes.</summary>
    public static byte[] Small(bool stream) => Write(stream, SmallMessages);

    /// <summary>The same, for an answer that may be kept.</summary>
    public static byte[] Cacheable() => Write(stream: false, SmallMessages, isDeterministic: true);

    /// <summary>A conversation of text messages, at least <paramref name="bytes"/> long.</summary>
    public static byte[] Conversation(int bytes) => Write(stream: false, json =>
    {
        // A fixed generator: every run and every target gets the same bytes.
        uint state = 12345;
        var text = new StringBuilder(MessageChars + 32);
        for (int turn = 0; json.BytesCommitted + json.BytesPending < bytes; turn++)
        {
            text.Clear();
            while (text.Length < MessageChars)
            {
                state = (state * 1664525) + 1013904223;
                text.Append(Words[(int)(state >> 16) % Words.Length]).Append(' ');
            }

            Message(json, turn % 2 == 0 ? "user" : "assistant", text.ToString());
        }
    });

    private static void SmallMessages(Utf8JsonWriter json)
    {
        Message(json, "system", "You are a careful assistant. Answer in one short sentence and say when you are not sure.");
        Message(json, "user", "Which three things decide how long a request waits in a queue?");
    }

    private static byte[] Write(bool stream, Action<Utf8JsonWriter> writeMessages, bool isDeterministic = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, AsClientsWrite))
        {
            json.WriteStartObject();
            json.WriteString("model", "gpt-4o");
            json.WriteStartArray("messages");
            writeMessages(json);
            json.WriteEndArray();
            if (stream)
                json.WriteBoolean("stream", true);
            if (isDeterministic)
            {
                json.WriteNumber("temperature", 0);
                json.WriteNumber("seed", 1);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Message(Utf8JsonWriter json, string role, string content)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WriteString("content", content);
        json.WriteEndObject();
    }
}
