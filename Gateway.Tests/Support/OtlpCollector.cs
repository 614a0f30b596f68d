using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Support;

/// <summary>A collector on a real port: takes OTLP as protobuf over HTTP, and understands the spans.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly List<OtlpSpan> _spans = [];
    private readonly HashSet<string> _metrics = [];
    private readonly List<string> _texts = [];
    private readonly List<string> _authorizations = [];

    private OtlpCollector(Func<HttpContext, Task>? instead)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(context => instead?.Invoke(context) ?? TakeAsync(context));
    }

    public string Url => _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();

    public IReadOnlyList<OtlpSpan> Spans => Read(_spans);

    /// <summary>Names of the metrics that came.</summary>
    public IReadOnlyList<string> Metrics => Read(_metrics);

    /// <summary>Every body, as Latin-1 text: to look for what must not be in it.</summary>
    public IReadOnlyList<string> Texts => Read(_texts);

    public IReadOnlyList<string> Authorizations => Read(_authorizations);

    /// <param name="instead">Does what a collector should not.</param>
    public static async Task<OtlpCollector> StartAsync(Func<HttpContext, Task>? instead = null)
    {
        var collector = new OtlpCollector(instead);
        await collector._app.StartAsync();
        return collector;
    }

    public async Task<IReadOnlyList<OtlpSpan>> WaitForSpansAsync(int count)
    {
        await Eventually.TrueAsync(() => Spans.Count >= count);
        return Spans;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        byte[] bytes = body.ToArray();
        lock (_lock)
        {
            _texts.Add(System.Text.Encoding.Latin1.GetString(bytes));
            _authorizations.AddRange(context.Request.Headers.Authorization.OfType<string>());
            if (context.Request.Path == "/v1/traces")
            {
                _spans.AddRange(OtlpSpan.Read(bytes));
            }
            else if (context.Request.Path == "/v1/metrics")
            {
                _metrics.UnionWith(OtlpSpan.MetricNames(bytes));
            }
            else if (context.Request.Path != "/v1/logs")
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
            }
        }
    }

    private IReadOnlyList<T> Read<T>(IEnumerable<T> list)
    {
        lock (_lock)
        {
            return [.. list];
        }
    }
}
