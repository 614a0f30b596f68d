using UpstreamSimulator.Operations;
using UpstreamSimulator.Requests;

namespace UpstreamSimulator.Answering;

/// <summary>Which operation answers which route.</summary>
internal static class OperationTable
{
    public static Task AnswerAsync(Exchange exchange) => exchange.Route.Operation switch
    {
        Operation.Chat => ChatOperation.AnswerAsync(exchange),
        _ => ErrorAnswer.SendAsync(exchange, 404, "Invalid URL", "unknown_url"),
    };
}
