namespace UpstreamSimulator.Requests;

/// <summary>What a path asks for.</summary>
internal enum Operation
{
    /// <summary>Nothing known under a provider's prefix: echoed, as an endpoint that does not exist yet.</summary>
    Echo,

    /// <summary>Outside every provider's prefix: 404.</summary>
    None,
    Chat,
    Completions,
    Embeddings,
    Responses,
    Models,
    Model,
    UploadFile,
    ListFiles,
    File,
    FileContent,
    DeleteFile,
    Transcription,
    Speech,
    Moderations,
    Images,
    Realtime,
    OllamaTags,
}
