using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Listeners;

/// <summary>HTTP/2 is off on the ports: its floods end at their first line, on a connection that is closed.</summary>
[Trait("row", "H7")]
public class Http2Tests
{
    private const int Frames = 1000;

    private static readonly string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(type: 4, flags: 0, stream: 0, "");

    /// <summary>GET /v1/x, with a path that is written out.</summary>
    private static readonly string Head = "\u0082\u0086\u0004\u0005/v1/x\u0001\u0001g";

    /// <summary>The whole answer: HTTP/1.1 is required here.</summary>
    private static readonly string GoAway = Frame(type: 7, flags: 0, stream: 0, "\0\0\0\0\0\0\0\u000D");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Floods => new()
    {
        { "streams", Preface + Repeat(static i => Frame(1, 5, Odd(i), Head)) },
        { "rapid reset", Preface + Repeat(static i => Frame(1, 5, Odd(i), Head) + Frame(3, 0, Odd(i), "\0\0\0\u0008")) },
        { "CONTINUATION", Preface + Frame(1, 1, 1, Head) + Repeat(static _ => Frame(9, 0, 1, "\u0000\u0001a\u0001b")) },
        { "SETTINGS", Preface + Repeat(static _ => Frame(4, 0, 0, "\0\u0003\0\0\0\u0001")) },
        { "PING", Preface + Repeat(static _ => Frame(6, 0, 0, "12345678")) },
    };

    [Theory]
    [MemberData(nameof(Floods))]
    public async Task Flood_OnAPort_EndsAtItsFirstLineAndOthersAreServed(string name, string bytes)
    {
        await using StageFixture fixture = await StageFixture.StartAsync();

        for (int i = 0; i < 10; i++)
        {
            string answer = await TalkAsync(fixture.Gateway.Address(i % 3), bytes);
            using HttpResponseMessage good = await fixture.PostChatAsync();

            Assert.True(answer.Length == 0 || answer == GoAway, $"{name}: {answer}");
            Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        }

        await fixture.AssertIdleAsync(records: 10);
        Assert.Equal(10, fixture.Upstream.Stats.Started);
    }

    [Theory]
    [InlineData("streams")]
    [InlineData("rapid reset")]
    public async Task Flood_OnAServerThatSpeaksIt_ReachesItsHandler(string name)
    {
        // The negative control: the bytes are HTTP/2, and with it on they are requests.
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2));
        await using WebApplication app = builder.Build();
        app.Run(_ =>
        {
            reached.TrySetResult();
            return Task.CompletedTask;
        });
        await app.StartAsync(Cancel);
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());
        using RawConnection client = await RawConnection.OpenAsync(address, Cancel);

        await client.SendAsync(Floods.Single(flood => flood.Data.Item1 == name).Data.Item2, Cancel).Soon();

        await reached.Task.Soon();
    }

    private static async Task<string> TalkAsync(Uri address, string bytes)
    {
        using RawConnection client = await RawConnection.OpenAsync(address, Cancel);
        try
        {
            await client.SendAsync(bytes, Cancel).Soon();
            return await client.ReadToEndAsync(Cancel).Soon();
        }
        catch (SocketException)
        {
            // Closed with some of our bytes unread.
            return "";
        }
    }

    private static int Odd(int i) => (2 * i) + 1;

    private static string Repeat(Func<int, string> frame) => string.Concat(Enumerable.Range(0, Frames).Select(frame));

    private static string Frame(int type, int flags, int stream, string payload) => new StringBuilder()
        .Append([(char)0, (char)(payload.Length >> 8), (char)(payload.Length & 0xFF), (char)type, (char)flags])
        .Append([(char)(stream >> 24), (char)((stream >> 16) & 0xFF), (char)((stream >> 8) & 0xFF), (char)(stream & 0xFF)])
        .Append(payload).ToString();
}
