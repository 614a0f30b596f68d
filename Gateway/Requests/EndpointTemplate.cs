using System.Collections.Frozen;

namespace Gateway.Requests;

/// <summary>
/// The route that a path of the API is one of, from a closed set: safe as a label, whatever callers send. Source: the API reference of OpenAI.
/// </summary>
internal static class EndpointTemplate
{
    /// <summary>Everything that is in no list here.</summary>
    public const string Other = "other";

    private const string Root = "/v1/";
    private const string Id = "{id}";

    private static readonly string[] Paths =
    [
        "chat/completions", "chat/completions/{id}", "chat/completions/{id}/messages", "completions", "embeddings", "responses", "responses/{id}",
        "responses/{id}/cancel", "responses/{id}/input_items", "models", "models/{id}", "files", "files/{id}", "files/{id}/content", "uploads",
        "uploads/{id}", "uploads/{id}/parts", "audio/speech", "audio/transcriptions", "audio/translations", "images/generations", "images/edits",
        "images/variations", "image/generations", "moderations", "batches", "batches/{id}", "batches/{id}/cancel", "realtime", "realtime/sessions",
        "realtime/client_secrets", "realtime/transcription_sessions", "realtime/calls", "rerank", "assistants", "assistants/{id}", "threads", "threads/{id}", "threads/runs",
        "threads/{id}/messages", "threads/{id}/messages/{id}", "threads/{id}/runs", "threads/{id}/runs/{id}", "fine_tuning/jobs",
        "fine_tuning/jobs/{id}", "fine_tuning/jobs/{id}/events", "fine_tuning/jobs/{id}/cancel", "vector_stores", "vector_stores/{id}", "vector_stores/{id}/files",
        "vector_stores/{id}/search", "conversations", "conversations/{id}", "conversations/{id}/items", "containers", "evals", "videos",
        "videos/{id}", "videos/{id}/content", "api/tags",
    ];

    private static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> Templates = Paths
        .ToFrozenDictionary(static path => path, static path => Root + path, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Members of a path that mean themselves; all others are somebody's ids.</summary>
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Words = Paths
        .SelectMany(static path => path.Split('/')).Where(static member => member != Id).ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <param name="path">Below the API's root, as sent.</param>
    public static string Of(ReadOnlySpan<char> path)
    {
        path = path.Trim('/');
        return Templates.TryGetValue(path, out string? template) ? template : WithIds(path);
    }

    private static string WithIds(ReadOnlySpan<char> path)
    {
        const int longest = 64;
        Span<char> text = stackalloc char[longest];
        int length = 0;
        foreach (Range range in path.Split('/'))
        {
            ReadOnlySpan<char> member = path[range];
            ReadOnlySpan<char> word = Words.Contains(member) ? member : Id;
            if (length + word.Length + 1 > longest)
            {
                return Other;
            }

            if (length > 0)
            {
                text[length++] = '/';
            }

            word.CopyTo(text[length..]);
            length += word.Length;
        }

        return Templates.TryGetValue(text[..length], out string? template) ? template : Other;
    }
}
