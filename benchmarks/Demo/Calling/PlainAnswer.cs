using System.Text.Json;
using Demo.Scripting;

namespace Demo.Calling;

/// <summary>Checks an answer that comes in one piece.</summary>
internal static class PlainAnswer
{
    /// <summary>Null, or what is wrong with it.</summary>
    public static async Task<string?> CheckAsync(Stream body, ScriptedRequest request, CancellationToken stop)
    {
        using JsonDocument json = await JsonDocument.ParseAsync(body, cancellationToken: stop);
        JsonElement root = json.RootElement;
        if (!Fingerprint.IsOf(root, request))
        {
            return Fingerprint.Foreign;
        }

        string text = root.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString() ?? "";
        int words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        return words == request.Tokens ? null : $"has {words} words instead of {request.Tokens}";
    }
}
