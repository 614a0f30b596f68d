using System.Net;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>
/// Every way an upstream can fail, in front of a healthy second one: the caller gets the second one's answer where another call is allowed, and
/// a clear error, with no second call, where it is not.
/// </summary>
public class FaultSweepTests
{
    public static TheoryData<string, bool, int> Sweep()
    {
        var data = new TheoryData<string, bool, int>();
        foreach (string fault in UpstreamFaults.All.Keys)
        {
            foreach (bool stream in (bool[])[false, true])
            {
                data.Add(fault, stream, Rig.Urgent);
                data.Add(fault, stream, Rig.Batch);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Sweep))]
    [Trait("row", "U4")]
    [Trait("req", "A6")]
    public async Task Post_FirstInstanceFails_SecondAnswersOrTheErrorIsClear(string name, bool stream, int tier)
    {
        UpstreamFault fault = UpstreamFaults.All[name];
        int asked = 0;
        await using RawUpstream bad = RawUpstream.Start(async (connection, _) =>
        {
            Interlocked.Increment(ref asked);
            return await fault.Play!(connection, "m");
        });
        await using Rig rig = await StartAsync(name, bad.BaseAddress);

        (HttpStatusCode? status, string? instance) = await CallAsync(rig, tier, stream);

        IReadOnlyList<AccessRecord> records = await rig.AssertQuietAsync(1, 1);
        Assert.Equal(fault.Play is null ? 0 : 1, asked);
        Assert.Equal(fault.Passes ? 1 : 0, rig.Upstream.Stats.BillableStarts);
        if (fault.Passes)
        {
            Assert.Equal((HttpStatusCode.OK, "second"), (status, instance));
            Assert.Equal((2, 1), (records[0].Attempts, records[0].Retries));
            if (fault.Pause is { } pause)
            {
                Assert.InRange(rig.Instances.Find(0)!.Health.PauseLeft, pause.Least, pause.Most);
            }
        }
        else
        {
            // Null: the transfer broke, as it must once it was begun.
            Assert.Equal(fault.Status, status);
            Assert.Equal((1, 0), (records[0].Attempts, records[0].Retries));
        }
    }

    [Theory]
    [InlineData("reset-before-head")]
    [InlineData("closed-before-head")]
    [InlineData("silence")]
    [InlineData("bug")]
    [InlineData("bad-gateway")]
    [InlineData("gateway-timeout")]
    [Trait("row", "U4")]
    public async Task Get_FirstInstanceFails_SecondAnswers(string name)
    {
        await using RawUpstream bad = RawUpstream.Start((connection, _) => UpstreamFaults.All[name].Play!(connection, "m"));
        await using Rig rig = await StartAsync(name, bad.BaseAddress);

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Normal, HttpMethod.Get, "/v1/models")).Soon();

        Assert.Equal((HttpStatusCode.OK, "second"), (answer.StatusCode, answer.Header("x-gateway-instance")));
        Assert.Equal(2, Assert.Single(await rig.AssertQuietAsync(1, 1)).Attempts);
    }

    [Theory]
    [InlineData("reset-before-head")]
    [InlineData("silence")]
    [InlineData("bug")]
    [Trait("row", "U4")]
    public async Task Post_UnansweredMayBeRetried_SecondAnswers(string name)
    {
        await using RawUpstream bad = RawUpstream.Start((connection, _) => UpstreamFaults.All[name].Play!(connection, "m"));
        await using Rig rig = await StartAsync(name, bad.BaseAddress, options => options with { Retries = options.Retries with { RetryUnanswered = true } });

        (HttpStatusCode? status, string? instance) = await CallAsync(rig, Rig.Batch, stream: true);

        Assert.Equal((HttpStatusCode.OK, "second"), (status, instance));
        Assert.Equal(2, Assert.Single(await rig.AssertQuietAsync(1, 1)).Attempts);
    }

    private static Task<Rig> StartAsync(string name, Uri bad, Func<GatewayOptions, GatewayOptions>? configure = null)
    {
        return Rig.StartAsync(1, options =>
        {
            Uri address = name switch
            {
                "refused" => new Uri("http://127.0.0.1:1/"),

                // A server that speaks no TLS says so; one that waits for more says nothing.
                "tls" => new UriBuilder(options.Instances[0].ApiBase) { Scheme = "https", Path = "/" }.Uri,
                "tls-silence" => new UriBuilder(bad) { Scheme = "https" }.Uri,
                _ => bad,
            };
            options = options with
            {
                Instances =
                [
                    GatewayHost.Instance(address, 1, "first") with { Priority = 1, ProviderType = UpstreamFaults.All[name].Provider },
                    options.Instances[0] with { Name = "second", Priority = 2 },
                ],
                Timeouts = options.Timeouts with { FirstByte = TimeSpan.FromSeconds(1), Idle = TimeSpan.FromSeconds(1) },
                Health = options.Health with { Active = false },
            };
            return configure?.Invoke(options) ?? options;
        });
    }

    /// <summary>The status, or null when the transfer broke before its end; an answer that ends cleanly must be whole.</summary>
    private static async Task<(HttpStatusCode? Status, string? Instance)> CallAsync(Rig rig, int tier, bool stream)
    {
        try
        {
            using HttpResponseMessage answer = await rig.ChatAsync(tier, "n", stream).Soon();
            string text = await answer.Content.ReadAsStringAsync(Rig.Cancel).Soon();
            if (stream && answer.IsSuccessStatusCode)
            {
                Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
            }
            else
            {
                Assert.Equal('{', text[0]);
                Assert.Equal('}', text[^1]);
            }

            return (answer.StatusCode, answer.Header("x-gateway-instance"));
        }
        catch (HttpRequestException)
        {
            return (null, null);
        }
    }
}
