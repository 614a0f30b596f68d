using System.IO.Compression;
using System.Net;
using Load.Driver.Processes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Chaos.Processes;

/// <summary>A server of InfluxDB's protocol that takes nothing for as long as it is told to: it answers 500. Then it keeps the ids of what it takes.</summary>
internal sealed class RefusingInflux : IAsyncDisposable
{
    private const string Id = "request_id=\"";
    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly List<string> _ids = [];
    private volatile bool _refuses;

    private RefusingInflux(int port)
    {
        Port = port;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    public int Port { get; }

    public bool Refuses
    {
        get => _refuses;
        set => _refuses = value;
    }

    /// <summary>Of all points so far, as often as they came.</summary>
    public IReadOnlyList<string> Ids
    {
        get
        {
            lock (_lock)
            {
                return [.. _ids];
            }
        }
    }

    public static async Task<RefusingInflux> StartAsync(Ports ports, CancellationToken stop)
    {
        var server = new RefusingInflux(ports.Next());
        await server._app.StartAsync(stop);
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var gzip = new GZipStream(context.Request.Body, CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        string lines = await reader.ReadToEndAsync(context.RequestAborted);
        context.Response.StatusCode = Refuses ? StatusCodes.Status500InternalServerError : StatusCodes.Status204NoContent;
        if (!Refuses)
        {
            lock (_lock)
            {
                _ids.AddRange(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(IdOf));
            }
        }
    }

    private static string IdOf(string line)
    {
        int begin = line.IndexOf(Id, StringComparison.Ordinal) + Id.Length;
        return line[begin..line.IndexOf('"', begin)];
    }
}
