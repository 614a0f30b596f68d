using UpstreamSimulator.Operations;
using UpstreamSimulator.Requests;

namespace UpstreamSimulator.Answering;

/// <summary>Which operation answers which route.</summary>
internal sealed class OperationTable
{
    private readonly FileOperations _files = new();

    public Task AnswerAsync(Exchange exchange) => exchange.Route.Operation switch
    {
        Operation.Chat => ChatOperation.AnswerAsync(exchange),
        Operation.Completions => CompletionOperation.AnswerAsync(exchange),
        Operation.Embeddings => EmbeddingsOperation.AnswerAsync(exchange),
        Operation.Responses => ResponsesOperation.AnswerAsync(exchange),
        Operation.Models or Operation.Model or Operation.OllamaTags => ModelOperations.AnswerAsync(exchange),
        Operation.UploadFile or Operation.ListFiles or Operation.File or Operation.FileContent or Operation.DeleteFile => _files.AnswerAsync(exchange),
        Operation.Transcription => AudioOperations.TranscribeAsync(exchange),
        Operation.Speech => AudioOperations.SpeakAsync(exchange),
        Operation.Moderations => ModerationOperation.AnswerAsync(exchange),
        Operation.Images => ImageOperation.AnswerAsync(exchange),
        Operation.Realtime => RealtimeOperation.AnswerAsync(exchange),
        Operation.Echo => EchoOperation.AnswerAsync(exchange),
        _ => ErrorAnswer.SendAsync(exchange, 404, $"Invalid URL ({exchange.Context.Request.Method} {exchange.Context.Request.Path})", "unknown_url"),
    };
}
