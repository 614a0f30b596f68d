using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Load.Driver.Observing;

/// <summary>
/// Takes what an observed gateway sends away: InfluxDB's writes and OpenTelemetry's exports. It counts them, because a gateway that sent nothing would
/// cost nothing.
/// </summary>
internal sealed class ObservationSink : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly WebApplication _app;
    private long _points;
    private long _spans;

    private ObservationSink(WebApplication app)
    {
        _app = app;
        app.Run(TakeAsync);
    }

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());

    /// <summary>Points about the load's requests so far: what the driver asks besides (health, metrics) does not count.</summary>
    public long Points => Interlocked.Read(ref _points);

    public long Spans => Interlocked.Read(ref _spans);

    public static async Task<ObservationSink> StartAsync(CancellationToken stop)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        var sink = new ObservationSink(builder.Build());
        await sink._app.StartAsync(stop);
        return sink;
    }

    /// <summary>Waits until so many points have arrived in all, or the limit is over.</summary>
    public async Task WaitForPointsAsync(long points, TimeSpan limit, CancellationToken stop)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (Points < points && TimeProvider.System.GetElapsedTime(start) < limit)
            await Task.Delay(Pause, TimeProvider.System, stop);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        byte[] body = await ReadAsync(context.Request, context.RequestAborted);
        switch (context.Request.Path.Value)
        {
            case "/api/v2/write":
                Interlocked.Add(ref _points, LineProtocol.Points(body, "/v1/chat/completions"u8));
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                break;
            case "/v1/traces":
                Interlocked.Add(ref _spans, TraceExport.Spans(body));
                break;
            case "/v1/metrics" or "/v1/logs":
                break;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }

    private static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken stop)
    {
        using var body = new MemoryStream();
        await using Stream source = request.Headers.ContentEncoding == "gzip" ? new GZipStream(request.Body, CompressionMode.Decompress) : request.Body;
        await source.CopyToAsync(body, stop);
        return body.ToArray();
    }
}
