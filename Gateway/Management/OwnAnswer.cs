using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gateway.Requests;

namespace Gateway.Management;

/// <summary>Writes an answer that the gateway itself makes.</summary>
internal static class OwnAnswer
{
    public static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) =>
        WriteAsync(context, JsonSerializer.SerializeToUtf8Bytes(value, type), status);

    private static async Task WriteAsync(HttpContext context, byte[] json, int status)
    {
        Exchange.Of(context).Record.Outcome = Outcome.Answered;
        HttpResponse response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        AnswerHeaders.Secure(response.Headers);
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.BodyWriter.WriteAsync(json, context.RequestAborted);
        }
    }
}
