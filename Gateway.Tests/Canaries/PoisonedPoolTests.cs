using System.Net;
using System.Net.WebSockets;
using System.Text;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Canaries;

/// <summary>
/// Buffers are used again, with what the last request left in them. With a secret in all of them, on every way through the gateway: none of it
/// reaches a caller, an upstream or the log.
/// </summary>
[Collection(Alone.Name)]
[Trait("row", "T9")]
public class PoisonedPoolTests
{
    public static TheoryData<string> Faults => new(UpstreamFaults.All.Keys);

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task UpstreamFails_PoolsHoldSecrets_NoneGetsOut(string name)
    {
        UpstreamFault fault = UpstreamFaults.All[name];
        var sinks = new CanarySinks();
        await using RawUpstream bad = RawUpstream.Start(async (connection, request) =>
        {
            sinks.Add("first upstream", request);
            return await fault.Play!(connection, "words");
        });
        await using Rig rig = await StartAsync(options => options with
        {
            Instances =
            [
                GatewayHost.Instance(fault.Play is null ? new Uri("http://127.0.0.1:1/") : bad.BaseAddress, 1, "first") with { Priority = 1, ApiKey = "sk-first-0123456789" },
                options.Instances[0] with { Name = "second", Priority = 2 },
            ],
        });
        foreach (bool stream in (bool[])[false, true])
        {
            await SendAsync(rig, sinks, rig.Request(Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json(Rig.ChatBody(Rig.Batch, stream))));
        }

        await AssertCleanAsync(rig, sinks, 2);
    }

    [Fact]
    public async Task EveryWayThrough_PoolsHoldSecrets_NoneGetsOut()
    {
        var sinks = new CanarySinks();

        // Edits, and so the relays that rent: the model is restored, parameters are removed, vectors are turned into Base64.
        await using Rig rig = await StartAsync(static options => options with
        {
            Instances =
            [
                options.Instances[0] with
                {
                    ProviderType = ProviderType.Azure, ApiBase = new UriBuilder(options.Instances[0].ApiBase) { Path = "/" }.Uri, ApiKey = "azure-key-0123456789",
                    RemoveParameters = ["logprobs"], EmbeddingsBase64ToFloat = true, SupportedModels = ["m", "batch"],
                },
            ],
        });
        string long1 = new('a', 3000), long2 = new('b', 200_000);
        string[] bodies =
        [
            """{"model":"m","messages":[],"logprobs":true}""", """{"model":"m","messages":[],"logprobs":true,"stream":true}""",
            $$"""{"model":"m","messages":[{"role":"user","content":"{{long1}}"}]}""", $$"""{"model":"m","messages":[{"role":"user","content":"{{long2}}"}],"stream":true}""",
            "{", "", $"{{\"model\":\"{long1}\"}}",
        ];
        int requests = 0;
        foreach (string body in bodies)
        {
            PoisonedPools.Fill(rig.Gateway.Services.GetRequiredService<SegmentPool>());
            await SendAsync(rig, sinks, rig.Request(Rig.Batch, HttpMethod.Post, "/v1/chat/completions", Rig.Json(body)));
            requests++;
        }

        await SendAsync(rig, sinks, rig.Request(Rig.Batch, HttpMethod.Post, "/v1/embeddings", Rig.Json("""{"model":"m","input":["a","b"],"encoding_format":"base64"}""")));
        var form = new MultipartFormDataContent { { new StringContent("m"), "model" }, { new ByteArrayContent(Encoding.ASCII.GetBytes(long2)), "file", "a.wav" } };
        await SendAsync(rig, sinks, rig.Request(Rig.Batch, HttpMethod.Post, "/v1/audio/transcriptions", form));
        foreach (string page in (string[])["/health", "/admin/config", "/admin/instances", "/admin/openapi.json", "/stats", "/nowhere"])
        {
            await SendAsync(rig, sinks, rig.Request(Rig.Batch, HttpMethod.Get, page));
        }

        using (ClientWebSocket socket = await Realtime.ConnectAsync(rig, Rig.Batch, "/v1/realtime?model=m"))
        {
            await socket.SendAsync(long1);
            await socket.CloseAsync();
        }

        await AssertCleanAsync(rig, sinks, requests + 9);
    }

    /// <summary>The control: the pools do hold the secret, and a careless look at one finds it.</summary>
    [Fact]
    public async Task Pools_AfterFilling_HoldTheSecret()
    {
        await using Rig rig = await StartAsync(static options => options);

        Assert.True(PoisonedPools.AreFilled());
        byte[] segment = rig.Gateway.Services.GetRequiredService<SegmentPool>().TryRent(SegmentPool.Largest, long.MaxValue)!;
        Assert.Equal(["pool"], Canary.In(Encoding.ASCII.GetString(segment)));
        rig.Gateway.Services.GetRequiredService<SegmentPool>().Return(segment);
    }

    private static async Task<Rig> StartAsync(Func<GatewayOptions, GatewayOptions> configure)
    {
        Rig rig = await Rig.StartAsync(2, options => configure(options with
        {
            Debug = true,
            Timeouts = options.Timeouts with { FirstByte = TimeSpan.FromSeconds(1), Idle = TimeSpan.FromSeconds(1) },
        }));
        PoisonedPools.Fill(rig.Gateway.Services.GetRequiredService<SegmentPool>());
        return rig;
    }

    private static async Task SendAsync(Rig rig, CanarySinks sinks, HttpRequestMessage request)
    {
        try
        {
            using HttpResponseMessage answer = await rig.SendAsync(request).Soon();
            sinks.Add("answer", answer.ToString());
            byte[] body = await answer.Content.ReadAsByteArrayAsync(Rig.Cancel);
            sinks.Add("answer's body", Encoding.Latin1.GetString(body));
            if (answer.StatusCode == HttpStatusCode.OK && request.RequestUri!.AbsolutePath == "/v1/embeddings")
            {
                // Vectors in Base64 hide what they are made of.
                foreach (System.Text.Json.JsonElement vector in System.Text.Json.JsonElement.Parse(body).GetProperty("data").EnumerateArray())
                {
                    sinks.Add("vector", Encoding.Latin1.GetString(vector.GetProperty("embedding").GetBytesFromBase64()));
                }
            }
        }
        catch (HttpRequestException e)
        {
            sinks.Add("broken answer", e.ToString());
        }
    }

    private static async Task AssertCleanAsync(Rig rig, CanarySinks sinks, int records)
    {
        IReadOnlyList<AccessRecord> all = await rig.Gateway.Records.WaitForAsync(records);
        foreach (RecordedRequest received in rig.Upstream.Requests)
        {
            sinks.Add("upstream", $"{received.RawTarget} {string.Join('\n', received.Headers)} {Encoding.Latin1.GetString(received.Body)}");
        }

        await rig.Gateway.DisposeAsync();
        sinks.Add("records", System.Text.Json.JsonSerializer.Serialize(all));
        sinks.Add("log", rig.Gateway.Log());
        sinks.AssertClean();
    }
}
