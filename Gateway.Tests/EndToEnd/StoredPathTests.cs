using System.Net;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>What one instance has stored, no other knows.</summary>
[Trait("req", "P8")]
public class StoredPathTests
{
    [Theory]
    [InlineData("GET", "/v1/files/file-1")]
    [InlineData("GET", "/v1//Files")]
    [InlineData("POST", "/v1/batches")]
    [InlineData("POST", "/v1/threads/t/runs")]
    [InlineData("GET", "/v1/responses/resp_1")]
    [InlineData("POST", "/v1/responses/resp_1/cancel")]
    [InlineData("GET", "/v1/chat/completions")]
    [InlineData("DELETE", "/v1/chat/completions/c")]
    public async Task Stored_FirstInstanceIsBusy_WaitsForIt(string method, string path)
    {
        await using SimulatorHost second = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using Rig rig = await StartAsync(second);
        await rig.HoldAsync(Rig.Batch, 1);

        Task<HttpResponseMessage> asked = rig.SendAsync(rig.Request(Rig.Batch, new HttpMethod(method), path, method == "POST" ? Rig.Json("{}") : null));
        await rig.WaitForDepthAsync(1);
        rig.Held.ReleaseAll();

        Assert.Equal("default", (await asked.Soon()).Header("x-gateway-instance"));
        Assert.Equal(0, second.Stats.Started);
        await rig.AssertQuietAsync(2, 1);
    }

    [Theory]
    [InlineData("GET", "/v1/models")]
    [InlineData("POST", "/v1/images/generations")]
    [InlineData("POST", "/v1/responses")]
    [InlineData("POST", "/v1/responses/input_tokens")]
    [InlineData("POST", "/v1/unknown")]
    public async Task NotStored_FirstInstanceIsBusy_GoesToTheOther(string method, string path)
    {
        await using SimulatorHost second = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using Rig rig = await StartAsync(second);
        Task<HttpResponseMessage>[] held = await rig.HoldAsync(Rig.Batch, 1);

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
            Rig.Batch, new HttpMethod(method), path, method == "POST" ? Rig.Json("""{"model":"m","input":"hi","prompt":"hi"}""") : null)).Soon();

        Assert.Equal("other", answer.Header("x-gateway-instance"));
        rig.Held.ReleaseAll();
        await Task.WhenAll(held).Soon();
        await rig.AssertQuietAsync(2, 1);
    }

    /// <summary>The second is the first by its priority. To make a thing, which may name a model, leads where asking for it does, which names none.</summary>
    [Fact]
    public async Task Stored_WhateverModelIsNamed_GoesToTheFirstByPriority()
    {
        await using SimulatorHost second = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        await using Rig rig = await Rig.StartAsync(1, options => options with
        {
            Instances = [options.Instances[0] with { Priority = 2 }, GatewayHost.Instance(second.BaseAddress, 1, "other") with { SupportedModels = ["tuned"] }],
        });

        foreach (string? body in (string?[])["{}", """{"model":"tuned"}""", """{"model":"another"}""", null])
        {
            using HttpResponseMessage answer = await rig.SendAsync(rig.Request(
                Rig.Batch, body is null ? HttpMethod.Get : HttpMethod.Post, "/v1/fine_tuning/jobs", body is null ? null : Rig.Json(body))).Soon();
            Assert.Equal("other", answer.Header("x-gateway-instance"));
        }
    }

    private static Task<Rig> StartAsync(SimulatorHost second) => Rig.StartAsync(1, options => options with
    {
        Instances = [options.Instances[0], GatewayHost.Instance(second.BaseAddress, 1, "other")],
    });
}
