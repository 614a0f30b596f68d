using System.Text;
using UpstreamSimulator.Answering;

namespace UpstreamSimulator.Operations;

/// <summary><c>POST audio/transcriptions</c> and <c>POST audio/speech</c>.</summary>
internal static class AudioOperations
{
    // About what a word of speech takes in MP3.
    private const int BytesPerToken = 4096;

    public static Task TranscribeAsync(Exchange exchange)
    {
        int tokens = exchange.Tokens;
        string text = Encoding.UTF8.GetString(Vocabulary.Of(tokens));
        if (exchange.Form["response_format"] == "text")
            return PlainAnswer.GenerateAsync(exchange, tokens, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text + "\n"));

        return PlainAnswer.GenerateAsync(exchange, tokens, PlainAnswer.Json, PlainAnswer.Build(json =>
        {
            json.WriteString("text"u8, text);
            json.WriteString("system_fingerprint"u8, exchange.Fingerprint);
            // Not of the real API: shows that the recording arrived whole.
            json.WriteNumber("bytes"u8, exchange.Form.File!.Bytes);
            json.WriteString("sha256"u8, exchange.Form.File.Sha256);
        }));
    }

    public static Task SpeakAsync(Exchange exchange)
    {
        byte[] audio = new byte[Math.Min(exchange.Tokens, 4096) * BytesPerToken];
        for (int i = 0; i < audio.Length; i++) audio[i] = (byte)(i * 31);
        return PlainAnswer.GenerateAsync(exchange, exchange.Tokens, "audio/mpeg", audio);
    }
}
