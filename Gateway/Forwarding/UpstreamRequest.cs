using Gateway.Authentication;
using Gateway.Requests;
using Gateway.Upstreams;
using Microsoft.Extensions.Primitives;

namespace Gateway.Forwarding;

/// <summary>Makes the upstream's request of one attempt: the caller's bytes, path, query and headers, with the credential that is due.</summary>
internal static class UpstreamRequest
{
    public static HttpRequestMessage Create(HttpRequest source, Exchange exchange, InstanceState instance, CallEdits? edits, bool needsUsage, Action onWritten)
    {
        ApiRequest request = exchange.Request!;
        bool isRead = HttpMethods.IsGet(source.Method) || HttpMethods.IsHead(source.Method);
        var message = new HttpRequestMessage(HttpMethod.Parse(source.Method), instance.Dialect.UriOf(request.Path, request.Query, request.Facts.Model, isRead));
        (message.Version, message.VersionPolicy) = instance.HttpVersion;
        if (HasBody(source, request))
        {
            message.Content = new ReplayContent(request.Body, edits?.Body ?? [], onWritten);
        }

        // An answer that is to be edited must come in plain text; so must one that somebody settles by, however long it is.
        bool mayBeEncoded = edits?.Answer is null && !(needsUsage && ApiOperations.HasOutput(request.Operation));
        CopyHeaders(source.Headers, message, exchange.Caller.IsReplaced, mayBeEncoded);
        AddCredential(message, exchange.Caller, instance);
        exchange.RemovedParameters = edits?.RemovedParameters;
        return message;
    }

    /// <summary>A POST without a body says so with a length of 0; a GET without one says nothing.</summary>
    private static bool HasBody(HttpRequest source, ApiRequest request) =>
        request.Body.Length > 0
        || source.ContentLength == 0
        || HttpMethods.IsPost(source.Method) || HttpMethods.IsPut(source.Method) || HttpMethods.IsPatch(source.Method);

    private static void CopyHeaders(IHeaderDictionary headers, HttpRequestMessage message, bool isReplaced, bool mayBeEncoded)
    {
        StringValues connection = headers.Connection;
        foreach ((string name, StringValues sent) in headers)
        {
            bool isEncoding = name.Equals("Accept-Encoding", StringComparison.OrdinalIgnoreCase);
            if (!HeaderRules.PassesUp(name, connection, isReplaced) || (isEncoding && !mayBeEncoded))
            {
                continue;
            }

            StringValues values = isEncoding && isReplaced ? EncodedBody.Readable(sent) : sent;

            bool added = values.Count == 1
                ? message.Headers.TryAddWithoutValidation(name, values[0])
                : message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            if (!added)
            {
                // .NET keeps the headers of the body apart; a request without one carries them on an empty body.
                message.Content ??= new ByteArrayContent([]);
                message.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }
    }

    private static void AddCredential(HttpRequestMessage message, Caller caller, InstanceState instance)
    {
        string? key = caller.IsReplaced ? caller.UpstreamKey ?? instance.Options.ApiKey : null;
        if (!string.IsNullOrEmpty(key))
        {
            instance.Dialect.AddKey(message.Headers, key);
        }
    }
}
