using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>The commonest ways in which a start fails.</summary>
[Trait("row", "L5")]
public class TakenPortTests
{
    [Fact]
    public async Task Start_PortIsTaken_SaysWhatToDoAndNothingElse()
    {
        using TcpListener taken = Take(out string port);

        string error = await FailAsync($$"""{ "endpoints": [{ "port": 0 }, { "port": {{port}}, "priority": 2 }], "openai_api_url": "http://127.0.0.1:9", "influxdb_url": "http://127.0.0.1:9" }""");

        Assert.StartsWith("endpoints[1].port: ", error, StringComparison.Ordinal);
        Assert.Contains(port, error, StringComparison.Ordinal);
        Assert.Contains("choose another port", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ManagementPortIsTaken_NamesItsKey()
    {
        using TcpListener taken = Take(out string port);

        string error = await FailAsync($$"""{ "endpoints": [{ "port": 0 }], "openai_api_url": "http://127.0.0.1:9", "management_port": {{port}} }""");

        Assert.StartsWith("management_port: ", error, StringComparison.Ordinal);
        Assert.Contains("choose another port", error, StringComparison.Ordinal);
    }

    /// <summary>An address of the documentation's, which no machine has.</summary>
    [Fact]
    public async Task Start_HostIsAnotherMachine_NamesTheHostAndNoPort()
    {
        string error = await FailAsync("""{ "endpoints": [{ "port": 0 }], "openai_api_url": "http://127.0.0.1:9", "host": "192.0.2.1" }""");

        Assert.StartsWith("host: \"192.0.2.1\" is no address of this machine. ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("another port", error, StringComparison.Ordinal);
    }

    private static TcpListener Take(out string port)
    {
        var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        return taken;
    }

    /// <summary>The one line that it fails with.</summary>
    private static async Task<string> FailAsync(string configuration)
    {
        using var folder = new ConfigurationFolder();
        folder.Write("config.json", configuration);

        (int code, string output, string error) = await GatewayProgram.RunAsync(folder.Root);

        Assert.NotEqual(0, code);
        Assert.DoesNotContain("Exception", error + output, StringComparison.Ordinal);
        Assert.DoesNotContain("critical", output, StringComparison.OrdinalIgnoreCase);
        Assert.Single(error.TrimEnd().Split('\n'));
        return error;
    }
}
