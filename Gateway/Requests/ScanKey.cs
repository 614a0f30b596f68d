namespace Gateway.Requests;

/// <summary>A top-level key of a JSON body that decides where the request goes or what it costs.</summary>
internal enum ScanKey
{
    Other,
    Model,
    Stream,
    MaxTokens,
    MaxCompletionTokens,
    MaxOutputTokens,
    N,
    Tools,
    StreamOptions,
    Temperature,
    Seed,
}
