namespace UpstreamSimulator.Requests;

/// <summary>Where a request goes.</summary>
/// <param name="Face">The provider whose prefix the path has.</param>
/// <param name="Operation">What is asked.</param>
/// <param name="Deployment">Azure's deployment, which stands for the model, or "".</param>
/// <param name="Id">The model or file that the path names, or "".</param>
internal readonly record struct Route(Face Face, Operation Operation, string Deployment, string Id)
{
    private const string AzureDeployments = "/openai/deployments/";

    /// <summary>Azure's surface that wants its version in the query.</summary>
    public bool IsDated { get; init; }

    /// <summary>Whether a provider would bill the call once generation has started.</summary>
    public bool Generates => Operation is Operation.Chat or Operation.Completions or Operation.Embeddings or Operation.Responses
        or Operation.Transcription or Operation.Speech or Operation.Images or Operation.Realtime;

    /// <summary>Whether the body is JSON and must name a model.</summary>
    public bool TakesJson => Operation is Operation.Chat or Operation.Completions or Operation.Embeddings or Operation.Responses
        or Operation.Speech or Operation.Moderations or Operation.Images;

    /// <summary>Whether the body is a multipart form with a file.</summary>
    public bool TakesForm => Operation is Operation.UploadFile or Operation.Transcription;

    /// <summary>Finds the route of a decoded path.</summary>
    public static Route Of(string method, string path)
    {
        if (path.StartsWith(AzureDeployments, StringComparison.Ordinal))
        {
            string rest = path[AzureDeployments.Length..];
            int slash = rest.IndexOf('/', StringComparison.Ordinal);
            return slash <= 0 ? default(Route) with { Operation = Operation.None } : Under(Face.Azure, method, rest[(slash + 1)..], rest[..slash]) with { IsDated = true };
        }

        // "/api/v1" before "/v1": a prefix is matched from the start of the path only, so their order does not matter otherwise.
        if (After(path, "/v1") is { } openAI) return Under(Face.OpenAI, method, openAI, "");
        if (After(path, "/openai/v1") is { } azure) return Under(Face.Azure, method, azure, "");
        if (After(path, "/openai") is { } dated) return Under(Face.Azure, method, dated, "") with { IsDated = true };
        if (After(path, "/api/v1") is { } venice) return Under(Face.Venice, method, venice, "");
        return new Route(Face.OpenAI, path == "/api/tags" ? Operation.OllamaTags : Operation.None, "", "");
    }

    private static string? After(string path, string prefix)
    {
        if (!path.StartsWith(prefix, StringComparison.Ordinal)) return null;
        if (path.Length == prefix.Length) return "";
        return path[prefix.Length] == '/' ? path[(prefix.Length + 1)..] : null;
    }

    private static Route Under(Face face, string method, string rest, string deployment)
    {
        bool get = method is "GET" or "HEAD";
        Operation operation = rest switch
        {
            "chat/completions" when method == "POST" => Operation.Chat,
            "completions" when method == "POST" => Operation.Completions,
            "embeddings" when method == "POST" => Operation.Embeddings,
            "responses" when method == "POST" => Operation.Responses,
            "models" when get => Operation.Models,
            "files" when method == "POST" => Operation.UploadFile,
            "files" when get => Operation.ListFiles,
            "audio/transcriptions" when method == "POST" => Operation.Transcription,
            "audio/speech" when method == "POST" => Operation.Speech,
            "moderations" when method == "POST" => Operation.Moderations,
            "images/generations" when method == "POST" => Operation.Images,
            "realtime" when get => Operation.Realtime,
            _ => Operation.Echo,
        };
        if (operation != Operation.Echo) return new Route(face, operation, deployment, "");

        if (rest.StartsWith("models/", StringComparison.Ordinal) && get) return new Route(face, Operation.Model, deployment, rest["models/".Length..]);
        if (rest.StartsWith("files/", StringComparison.Ordinal)) return OfFile(face, method, rest["files/".Length..]);
        return new Route(face, Operation.Echo, deployment, "");
    }

    private static Route OfFile(Face face, string method, string rest) => (method, rest.Split('/')) switch
    {
        ("GET", [var id]) => new Route(face, Operation.File, "", id),
        ("GET", [var id, "content"]) => new Route(face, Operation.FileContent, "", id),
        ("DELETE", [var id]) => new Route(face, Operation.DeleteFile, "", id),
        _ => new Route(face, Operation.Echo, "", ""),
    };
}
