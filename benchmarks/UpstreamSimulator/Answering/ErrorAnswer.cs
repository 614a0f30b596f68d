using System.Globalization;
using System.Text.Json;
using UpstreamSimulator.Requests;

namespace UpstreamSimulator.Answering;

/// <summary>Errors, each face in its own shape.</summary>
internal static class ErrorAnswer
{
    public static Task SendAsync(Exchange exchange, int status, string message, string? code = null, string? param = null)
    {
        ReadOnlyMemory<byte> body = PlainAnswer.Build(json =>
        {
            if (exchange.Route.Face == Face.Venice)
            {
                json.WriteString("error"u8, message);
                return;
            }

            json.WriteStartObject("error"u8);
            if (exchange.Route.Face == Face.Azure)
            {
                json.WriteString("code"u8, code ?? status.ToString(CultureInfo.InvariantCulture));
                json.WriteString("message"u8, message);
            }
            else WriteOpenAI(json, status, message, code, param);
            json.WriteEndObject();
        });
        return PlainAnswer.SendAsync(exchange, status, PlainAnswer.Json, body);
    }

    /// <summary>The answer that <c>x-sim-status</c> asks for.</summary>
    public static Task ScriptedAsync(Exchange exchange)
    {
        Knobs knobs = exchange.Knobs;
        if (knobs.Status is < 400 or 304) return PlainAnswer.SendAsync(exchange, knobs.Status, PlainAnswer.Json, ReadOnlyMemory<byte>.Empty);
        string message = knobs.ErrorMessage.Length > 0 ? knobs.ErrorMessage : $"simulated status {knobs.Status}";
        string? code = knobs.ErrorCode.Length > 0 ? knobs.ErrorCode : knobs.Status == 429 ? "rate_limit_exceeded" : null;
        return SendAsync(exchange, knobs.Status, message, code);
    }

    public static Task OverLimitAsync(Exchange exchange)
    {
        exchange.Knobs.RetryAfter = "1";
        return SendAsync(exchange, 429, "Too many concurrent requests.", "rate_limit_exceeded");
    }

    private static void WriteOpenAI(Utf8JsonWriter json, int status, string message, string? code, string? param)
    {
        json.WriteString("message"u8, message);
        json.WriteString("type"u8, status switch
        {
            401 or 403 => "authentication_error",
            429 when code == "insufficient_quota" => "insufficient_quota",
            429 => "rate_limit_error",
            >= 500 => "server_error",
            _ => "invalid_request_error",
        });
        json.WriteString("param"u8, param);
        json.WriteString("code"u8, code);
    }
}
