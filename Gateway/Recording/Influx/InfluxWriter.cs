using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Gateway.Configuration;

namespace Gateway.Recording.Influx;

/// <summary>Writes lines to InfluxDB, once, packed by gzip.</summary>
internal sealed class InfluxWriter(OptionsSnapshot options, TimeProvider time) : IDisposable
{
    /// <summary>A server that says nothing for so long is asked again.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        // A redirect would get the token; so would a proxy that the environment names.
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ActivityHeadersPropagator = null,
    });

    public static byte[] Pack(ReadOnlySpan<byte> lines)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(lines);
        }

        return packed.ToArray();
    }

    /// <param name="packed">Lines, packed.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    public async ValueTask<WriteEnd> WriteAsync(byte[] packed, CancellationToken cancellationToken)
    {
        GatewayOptions current = options.Current;
        if (current.InfluxdbUrl.Length == 0)
        {
            return new WriteEnd(WriteVerdict.GivenUp, "it was turned off");
        }

        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, InfluxTarget.AddressOf(current))
        {
            Content = new ByteArrayContent(packed)
            {
                Headers = { ContentType = new MediaTypeHeaderValue("text/plain", "utf-8"), ContentEncoding = { "gzip" } },
            },
        };
        request.Headers.Authorization = InfluxTarget.AuthorizationOf(current);
        try
        {
            using HttpResponseMessage answer = await _http.SendAsync(request, either.Token);
            return EndOf(answer);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new WriteEnd(WriteVerdict.TryAgain, "no answer");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new WriteEnd(WriteVerdict.TryAgain, (e.GetBaseException() as SocketException)?.SocketErrorCode.ToString() ?? e.GetType().Name);
        }
    }

    public void Dispose() => _http.Dispose();

    private WriteEnd EndOf(HttpResponseMessage answer)
    {
        int status = (int)answer.StatusCode;
        RetryConditionHeaderValue? retry = answer.Headers.RetryAfter;
        return status switch
        {
            < 300 => new WriteEnd(WriteVerdict.Stored),

            // Malformed, too large, or in conflict with what is stored. Of anything else (a wrong token, a missing bucket) somebody can be told, and repair it.
            400 or 413 or 422 => new WriteEnd(WriteVerdict.Refused, $"status {status}"),
            _ => new WriteEnd(WriteVerdict.TryAgain, $"status {status}", retry?.Delta ?? (retry?.Date - time.GetUtcNow())),
        };
    }
}
