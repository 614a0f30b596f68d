using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Gateway.Management;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary><c>--health</c> finds the gateway on whatever address of this machine it listens.</summary>
public class HealthQuestionTests
{
    public static TheoryData<string> OwnAddresses =>
    [
        "127.0.0.1", "*",
        .. NetworkInterface.GetAllNetworkInterfaces().SelectMany(static network => network.GetIPProperties().UnicastAddresses).Select(static own => own.Address)
            .Where(static address => !address.IsIPv6LinkLocal && !address.Equals(IPAddress.Loopback)).Select(static address => address.ToString()).Distinct(),
    ];

    [Theory]
    [MemberData(nameof(OwnAddresses))]
    public async Task Ask_GatewayOnOneAddress_IsAlive(string host)
    {
        await using Rig rig = await Rig.StartAsync(configure: options => options with { Host = host });
        using var complaints = new StringWriter();

        int code = await HealthQuestion.AskAsync(rig.Gateway.Address(0).Port, complaints);

        Assert.Equal((0, ""), (code, complaints.ToString()));
    }

    [Fact]
    public async Task Ask_SomethingThatNeverAnswers_EndsInTime()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var complaints = new StringWriter();

        int code = await HealthQuestion.AskAsync(((IPEndPoint)silent.LocalEndpoint).Port, complaints).Soon();

        Assert.Equal(1, code);
        Assert.Contains("http://127.0.0.1:", complaints.ToString(), StringComparison.Ordinal);
    }
}
