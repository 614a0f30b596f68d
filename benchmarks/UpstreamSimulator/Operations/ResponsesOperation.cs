using System.Text;
using UpstreamSimulator.Answering;

namespace UpstreamSimulator.Operations;

/// <summary><c>POST responses</c>.</summary>
internal static class ResponsesOperation
{
    public static Task AnswerAsync(Exchange exchange)
    {
        if (exchange.Fields.Stream) return TokenStream.RunAsync(exchange, new ResponsesShape(exchange));
        string body = ResponsesJson.Response(exchange, ResponsesJson.Status(exchange), complete: true);
        return PlainAnswer.GenerateAsync(exchange, exchange.Tokens, PlainAnswer.Json, Encoding.UTF8.GetBytes(body));
    }
}
