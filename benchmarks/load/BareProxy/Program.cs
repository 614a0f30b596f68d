using System.Globalization;
using System.Net;
using Load.BareProxy;

// The yardstick of the load runs: the least that a correct streaming proxy on Kestrel can do. It knows nothing of models, tiers or errors.
if (args is not ["--port", var portText, "--upstream", var upstreamText]
    || !int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out int port)
    || !Uri.TryCreate(upstreamText, UriKind.Absolute, out Uri? upstream))
{
    Console.Error.WriteLine("usage: BareProxy --port <n> --upstream <http://host:port>");
    return 2;
}

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    kestrel.Limits.MaxRequestBodySize = null;
    kestrel.Listen(IPAddress.Loopback, port);
});

using var passThrough = new PassThrough(upstream);
await using WebApplication app = builder.Build();
app.Run(passThrough.HandleAsync);
await app.RunAsync();
return 0;
