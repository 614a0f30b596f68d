using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gateway.Requests;

namespace Gateway.Management;

/// <summary>Writes an answer that the gateway itself makes.</summary>
internal static class OwnAnswer
{
    public static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) =>
        WriteAsync(context, JsonSerializer.SerializeToUtf8Bytes(value, type), "application/json", status);

    public static async Task WriteAsync(HttpContext context, byte[] body, string mediaType, int status = StatusCodes.Status200OK)
    {
        Exchange.Of(context).Record.Outcome = Outcome.Answered;
        HttpResponse response = context.Response;
        response.StatusCode = status;
        response.ContentType = mediaType;
        response.ContentLength = body.Length;
        AnswerHeaders.Secure(response.Headers);
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.BodyWriter.WriteAsync(body, context.RequestAborted);
        }
    }
}
