using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Gateway.Requests;
using Microsoft.Extensions.Primitives;

namespace Gateway.Errors;

/// <summary>Turns the end that a later stage found into the caller's answer, if the caller can still get one.</summary>
internal sealed partial class ErrorsStage(ILogger<ErrorsStage> logger)
{
    private const int ClientClosedRequest = 499;

    [SuppressMessage("Design", "CA1031", Justification = "The outer edge: a bug becomes an answer and a log entry, nothing else.")]
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Exchange exchange = Exchange.Of(context);
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            await exchange.Fail(new RequestError(Outcome.CallerGone));
        }
        catch (BadHttpRequestException e)
        {
            await exchange.Fail(e.StatusCode == StatusCodes.Status413PayloadTooLarge ? new RequestError(Outcome.BodyTooLarge) : BodyReader.ErrorOf(e));
        }
        catch (Exception e)
        {
            Log.Fault(logger, e, exchange.Record.RequestId);
            await exchange.Fail(new RequestError(Outcome.Fault));
        }

        if (exchange.Record.Outcome == Outcome.Pending && !context.Response.HasStarted)
        {
            // Only routing leaves a request without an outcome: it sets the status and nothing else.
            await exchange.Fail(new RequestError(
                context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed ? Outcome.MethodNotAllowed : Outcome.RouteNotFound));
        }

        if (exchange.Error is { } error)
        {
            await AnswerAsync(context, exchange, error);
        }
    }

    private static async Task AnswerAsync(HttpContext context, Exchange exchange, RequestError cause)
    {
        ApiError? error = ErrorCatalog.Of(cause.Outcome);
        HttpResponse response = context.Response;
        if (error is null)
        {
            if (!response.HasStarted)
            {
                response.StatusCode = ClientClosedRequest;
            }

            return;
        }

        if (response.HasStarted)
        {
            await EndStartedAsync(context, exchange, error, cause);
            return;
        }

        string? connection = response.Headers.Connection;
        StringValues allow = response.Headers.Allow;
        response.Clear();
        response.StatusCode = error.Status;
        response.Headers["x-request-id"] = exchange.Record.RequestId;
        AnswerHeaders.Secure(response.Headers);
        if (exchange.Listener.ServesApi)
        {
            AnswerHeaders.Stamp(response.Headers, exchange);
        }

        if (connection is not null || cause.Outcome == Outcome.Draining)
        {
            // A caller that keeps its connection would keep coming back to a gateway that is leaving.
            response.Headers.Connection = connection ?? "close";
        }

        if (error.Status == StatusCodes.Status405MethodNotAllowed)
        {
            // Which methods the route does take; RFC 9110, 15.5.6, demands it.
            response.Headers.Allow = allow;
        }

        if (error.Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
        {
            long milliseconds = Math.Max(1000, (long)Math.Ceiling(cause.RetryAfter.TotalMilliseconds));
            response.Headers.RetryAfter = ((milliseconds + 999) / 1000).ToString(CultureInfo.InvariantCulture);
            response.Headers["retry-after-ms"] = milliseconds.ToString(CultureInfo.InvariantCulture);
        }

        if (exchange.IsTriedEnough || cause.Outcome == Outcome.Removed)
        {
            // The SDKs would send it again by themselves: more often than is good, or against an operator's will.
            response.Headers["x-should-retry"] = "false";
        }

        ReadOnlyMemory<byte> body = ErrorBody.Write(error, cause);
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.BodyWriter.WriteAsync(body, CancellationToken.None);
        }
    }

    /// <summary>An answer that was begun must not look whole: an error event where one fits, a broken connection everywhere else.</summary>
    /// <exception cref="CutAnswerException">Breaks the connection, behind all that was received.</exception>
    private static async Task EndStartedAsync(HttpContext context, Exchange exchange, ApiError error, RequestError cause)
    {
        if (exchange.IsAtEventEnd && ErrorCatalog.MayEndStream(cause.Outcome))
        {
            byte[] body = [.. "data: "u8, .. ErrorBody.Write(error, cause).Span, .. "\n\n"u8];
            await context.Response.BodyWriter.WriteAsync(body, CancellationToken.None);
            return;
        }

        // Where the connection's end is the answer's, nothing but a reset tells. And a caller that does not read would hold its connection for minutes.
        bool isFramed = HttpProtocol.IsHttp11(context.Request.Protocol) || context.Response.ContentLength is not null;
        if (isFramed && context.Response.BodyWriter.FlushAsync(CancellationToken.None).AsTask().IsCompletedSuccessfully)
        {
            throw new CutAnswerException();
        }

        context.Abort();
    }

    private static partial class Log
    {
        [LoggerMessage(2100, LogLevel.Error, "Request {RequestId} met a bug")]
        public static partial void Fault(ILogger logger, Exception exception, string requestId);
    }
}
