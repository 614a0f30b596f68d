using System.Net.ServerSentEvents;
using System.Text.Json;
using Demo.Scripting;

namespace Demo.Calling;

/// <summary>Checks an answer that comes word by word.</summary>
internal static class StreamAnswer
{
    private const string Done = "[DONE]";

    /// <summary>Null, or what is wrong with it.</summary>
    public static async Task<string?> CheckAsync(Stream body, ScriptedRequest request, Action onFirstContent, CancellationToken stop)
    {
        int words = 0;
        bool done = false;
        await foreach (SseItem<string> item in SseParser.Create(body).EnumerateAsync(stop))
        {
            if (done)
            {
                return "goes on after " + Done;
            }

            if (item.Data == Done)
            {
                done = true;
                continue;
            }

            using JsonDocument json = JsonDocument.Parse(item.Data);
            if (!Fingerprint.IsOf(json.RootElement, request))
            {
                return Fingerprint.Foreign;
            }

            if (HasContent(json.RootElement) && words++ == 0)
            {
                onFirstContent();
            }
        }

        return !done ? "does not end with " + Done
            : words != request.Tokens ? $"has {words} words instead of {request.Tokens}"
            : null;
    }

    private static bool HasContent(JsonElement chunk) =>
        chunk.GetProperty("choices") is { } choices
        && choices.GetArrayLength() > 0
        && choices[0].GetProperty("delta").TryGetProperty("content", out JsonElement content)
        && content.GetString() is { Length: > 0 };
}
