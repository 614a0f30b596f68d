using Gateway.Requests;

namespace Gateway.Management.Dashboard;

/// <summary>Writes what a browser shows or runs. Scripts and styles come from this gateway and from nowhere else.</summary>
internal static class PageAnswer
{
    /// <summary>Of the dashboard.</summary>
    public const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    public static async Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> content, string type, string? policy = null, Outcome outcome = Outcome.Answered)
    {
        HttpResponse response = context.Response;
        Exchange.Of(context).Record.Outcome = outcome;
        AnswerHeaders.Secure(response.Headers);
        response.Headers.ContentSecurityPolicy = policy ?? response.Headers.ContentSecurityPolicy;
        response.ContentType = type;
        response.ContentLength = content.Length;
        await response.BodyWriter.WriteAsync(content, context.RequestAborted);
    }
}
