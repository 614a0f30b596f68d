using System.Globalization;
using Gateway.Authentication;
using Gateway.Configuration;
using Gateway.Listeners;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using Gateway.Upstreams;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Authentication;

/// <summary>Whoever has no key leaves nothing behind, however often they knock.</summary>
[Collection(Alone.Name)]
[Trait("row", "A1")]
public class FloodTests
{
    private const int Tokens = 1_000_000;
    private const int Requests = 10_000;
    private const int Connections = 8;

    private static readonly Uri Upstream = new("http://127.0.0.1:1/");

    [Fact]
    public async Task Stage_AMillionTokens_RefusesEachAndKeepsNone()
    {
        GatewayOptions options = WithKeys(GatewayHost.ThreeTiers(Upstream, slots: 1));
        var stage = new AuthenticationStage(new OptionsSnapshot(options));
        long before = 0;
        int refused = 0;
        for (int i = 0; i < Tokens; i++)
        {
            if (i == Tokens / 10)
            {
                before = GC.GetTotalMemory(forceFullCollection: true);
            }

            (DefaultHttpContext context, Exchange exchange) = NewRequest(options, i);
            await stage.InvokeAsync(context, static _ => throw new InvalidOperationException("a stranger passed"));
            refused += exchange.Error?.Outcome == Outcome.Unauthorized ? 1 : 0;
        }

        Assert.Equal(Tokens, refused);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 256 * 1024);
    }

    [Fact]
    public async Task Sockets_ManyTokensWithBodiesToCome_AreRefusedUnread()
    {
        await using Rig rig = await Rig.StartAsync(1, WithKeys);
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async connection =>
        {
            using RawConnection client = await RawConnection.OpenAsync(rig.Gateway.Address(connection % 3), Rig.Cancel);
            for (int i = 0; i < Requests / Connections; i++)
            {
                // The body is announced and never sent: nobody waits for it.
                await client.SendAsync(
                    $"GET /v1/models HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer sk-{connection}-{i}\r\nX-Forwarded-For: 10.0.{i % 250}.{i / 250}\r\n\r\n", Rig.Cancel);
                string head = await client.ReadUntilAsync("invalid_api_key\"}}", Rig.Cancel).Soon();
                Assert.StartsWith("HTTP/1.1 401 ", head, StringComparison.Ordinal);
            }
        }));

        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(Requests, 1);
        Assert.Empty(rig.Upstream.Requests);
        Assert.All(records, static record => Assert.Equal((null, null, Outcome.Unauthorized), (record.Caller, record.Model, record.Outcome)));
    }

    private static GatewayOptions WithKeys(GatewayOptions options) => options with
    {
        ClientKeys = [.. Enumerable.Range(0, 100).Select(static i => new ClientKeyOptions { Name = $"k{i}", Key = $"sk-real-{i}" })],
    };

    private static (DefaultHttpContext Context, Exchange Exchange) NewRequest(GatewayOptions options, int number)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = "POST";
        context.Request.Body = new UnreadStream();
        context.Request.Headers.Authorization = string.Create(CultureInfo.InvariantCulture, $"Bearer sk-real-{number:x8}-{number * 2654435761L:x16}");
        var listener = new ListenerTable(options).All[0];
        var exchange = new Exchange(listener, new AccessRecord
        {
            RequestId = "r",
            StartedAt = default,
            Started = 0,
            Listener = "l",
            Priority = 1,
            Method = "POST",
            Path = "/v1/chat/completions",
        })
        {
            Route = new ApiRoute("/chat/completions", "", IsWebSocket: false),
        };
        context.Features.Set(exchange);
        return (context, exchange);
    }

    /// <summary>Fails whoever reads.</summary>
    private sealed class UnreadStream : ForwardOnlyStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new InvalidOperationException("The body was read.");
    }
}
