using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Support;

/// <summary>An InfluxDB that takes, refuses, or keeps quiet, as the test says.</summary>
internal sealed class InfluxDouble : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private InfluxDouble(WebApplication app) => _app = app;

    public Uri Url { get; private set; } = null!;

    /// <summary>Of every answer from now on; 0 = none until <see cref="Release"/>.</summary>
    public volatile int Status = 204;

    /// <summary>A batch with such a line is refused.</summary>
    private string? Bad { get; init; }

    /// <summary>What was taken.</summary>
    public ConcurrentQueue<string> Lines { get; } = new();

    public ConcurrentQueue<(string Target, string? Authorization, string? Encoding)> Requests { get; } = new();

    public static async Task<InfluxDouble> StartAsync(string? bad = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        var server = new InfluxDouble(app) { Bad = bad };
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        server.Url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return server;
    }

    public void Release() => _released.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Release();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        Requests.Enqueue((request.Path + request.QueryString, request.Headers.Authorization, request.Headers.ContentEncoding));
        await using var plain = new GZipStream(request.Body, CompressionMode.Decompress);
        using var reader = new StreamReader(plain);
        string lines = await reader.ReadToEndAsync(context.RequestAborted);
        if (Status == 0)
        {
            await _released.Task.WaitAsync(context.RequestAborted);
        }

        bool isBad = Bad is not null && lines.Contains(Bad, StringComparison.Ordinal);
        context.Response.StatusCode = isBad ? StatusCodes.Status400BadRequest : Status == 0 ? StatusCodes.Status204NoContent : Status;
        if (context.Response.StatusCode < 300)
        {
            foreach (string line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                Lines.Enqueue(line);
            }
        }
    }
}
