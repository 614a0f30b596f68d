using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>The commonest way in which a start fails.</summary>
[Trait("row", "L5")]
public class TakenPortTests
{
    [Fact]
    public async Task Start_PortIsTaken_SaysWhatToDoAndNothingElse()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        using var folder = new ConfigurationFolder();
        folder.Write("config.json", $$"""{ "endpoints": [{ "port": {{port}}, "priority": 1 }], "openai_api_url": "http://127.0.0.1:9", "influxdb_url": "http://127.0.0.1:9" }""");

        (int code, string output, string error) = await GatewayProgram.RunAsync(folder.Root);

        Assert.NotEqual(0, code);
        Assert.Contains(port, error, StringComparison.Ordinal);
        Assert.Contains("choose another port", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", error + output, StringComparison.Ordinal);
        Assert.DoesNotContain("critical", output, StringComparison.OrdinalIgnoreCase);
    }
}
