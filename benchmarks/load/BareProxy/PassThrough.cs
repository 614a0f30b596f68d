using System.IO.Pipelines;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Load.BareProxy;

/// <summary>Copies one exchange: head up, body up, head down, body down with a flush after each read.</summary>
internal sealed class PassThrough : IDisposable
{
    // The path and query go up as they came; canonicalizing them would be both work and a change.
    private static readonly UriCreationOptions AsSent = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly string _origin;
    private readonly HttpMessageInvoker _upstream;

    public PassThrough(Uri upstream)
    {
        _origin = upstream.GetLeftPart(UriPartial.Authority);
        _upstream = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            MaxResponseDrainSize = 0,
            ResponseDrainTimeout = TimeSpan.Zero,
        });
    }

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            using HttpRequestMessage request = CreateRequest(context);
            using HttpResponseMessage answer = await _upstream.SendAsync(request, context.RequestAborted);
            CopyHead(answer, context.Response);
            await CopyBodyAsync(answer, context);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            if (context.Response.HasStarted)
                context.Abort();
            else
                context.Response.StatusCode = StatusCodes.Status502BadGateway;
        }
    }

    public void Dispose() => _upstream.Dispose();

    private HttpRequestMessage CreateRequest(HttpContext context)
    {
        IFeatureCollection features = context.Features;
        string target = features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var request = new HttpRequestMessage(HttpMethod.Parse(context.Request.Method), new Uri(_origin + target, AsSent));
        if (features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
            request.Content = new StreamContent(context.Request.Body);

        foreach ((string name, StringValues values) in context.Request.Headers)
        {
            if (HopByHop.Contains(name) || name.Equals("Host", StringComparison.OrdinalIgnoreCase))
                continue;
            HttpHeaders headers = request.Headers;
            if (values.Count == 1)
            {
                if (!headers.TryAddWithoutValidation(name, values.ToString()))
                    request.Content?.Headers.TryAddWithoutValidation(name, values.ToString());
            }
            else if (!headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        return request;
    }

    private static void CopyHead(HttpResponseMessage answer, HttpResponse response)
    {
        response.StatusCode = (int)answer.StatusCode;
        Copy(answer.Headers.NonValidated, response.Headers);
        Copy(answer.Content.Headers.NonValidated, response.Headers);
    }

    private static void Copy(HttpHeadersNonValidated from, IHeaderDictionary to)
    {
        foreach ((string name, HeaderStringValues values) in from)
        {
            if (!HopByHop.Contains(name))
                to.Append(name, values.Count == 1 ? new StringValues(values.ToString()) : new StringValues([.. values]));
        }
    }

    private static async Task CopyBodyAsync(HttpResponseMessage answer, HttpContext context)
    {
        CancellationToken aborted = context.RequestAborted;
        PipeWriter writer = context.Response.BodyWriter;
        await using Stream body = await answer.Content.ReadAsStreamAsync(aborted);
        while (true)
        {
            int read = await body.ReadAsync(writer.GetMemory(), aborted);
            if (read == 0)
                return;
            writer.Advance(read);
            // Each read goes on at once: a token must not wait for the next one.
            await writer.FlushAsync(aborted);
        }
    }
}
