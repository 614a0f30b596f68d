using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>An upload that begins and then brings nothing more, on a clock that moves only when the test moves it.</summary>
[Trait("row", "H4")]
public class StalledUploadTests
{
    private readonly ManualTimeProvider _clock = new();

    [Theory]
    [InlineData("Content-Length: 100000", "{\"model\":")]
    [InlineData("Transfer-Encoding: chunked", "9\r\n{\"model\":\r\n")]
    public async Task Upload_Stalls_IsAnsweredAndTheServerHasNothingToSay(string framing, string begin)
    {
        await using Rig rig = await Rig.StartAsync(customise: services => services.AddSingleton<TimeProvider>(_clock));
        int timers = _clock.ArmedTimers;
        using RawConnection caller = await BeginAsync(rig, framing, begin);
        await _clock.WaitForTimersAsync(timers + 1).Soon();

        _clock.Advance(BodyPace.Look);
        string answer = await caller.ReadUntilAsync("}}", Rig.Cancel).Soon();
        caller.Reset();

        Assert.Contains("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"body_timeout\"", answer, StringComparison.Ordinal);
        Assert.Contains("240 bytes a second for 30 seconds", answer, StringComparison.Ordinal);
        Assert.Equal(Outcome.BodyTooSlow, Assert.Single(await rig.AssertQuietAsync(1, 1)).Outcome);
        await rig.Gateway.DisposeAsync();
        Assert.DoesNotContain("\"level\":\"error\"", rig.Gateway.Log(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: 100000", "{\"model\":")]
    [InlineData("Transfer-Encoding: chunked", "9\r\n{\"model\":\r\n")]
    [Trait("row", "U9")]
    public async Task Upload_CallerCloses_TheServerHasNothingToSay(string framing, string begin)
    {
        await using Rig rig = await Rig.StartAsync();
        using RawConnection caller = await BeginAsync(rig, framing, begin);
        caller.CloseSending();

        Assert.Single(await rig.AssertQuietAsync(1, 1));
        await rig.Gateway.DisposeAsync();
        Assert.DoesNotContain("\"level\":\"error\"", rig.Gateway.Log(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zz\r\n")]
    [InlineData("10000000000000001b\r\n")]
    [InlineData("2\r\n{}XX")]
    public async Task Upload_MalformedChunk_IsToldSo(string chunk)
    {
        await using Rig rig = await Rig.StartAsync();
        using RawConnection caller = await BeginAsync(rig, "Transfer-Encoding: chunked", chunk);

        string answer = await caller.ReadUntilAsync("}}", Rig.Cancel).Soon();

        Assert.Contains("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"invalid_body\"", answer, StringComparison.Ordinal);
        Assert.Contains("the size or the end of one is malformed", answer, StringComparison.Ordinal);
        Assert.Equal(Outcome.BodyMalformed, Assert.Single(await rig.AssertQuietAsync(1, 1)).Outcome);
    }

    private static async Task<RawConnection> BeginAsync(Rig rig, string framing, string begin)
    {
        RawConnection caller = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);
        await caller.SendAsync($"POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\n{framing}\r\nExpect: 100-continue\r\n\r\n", Rig.Cancel);
        await caller.ReadUntilAsync("100 Continue", Rig.Cancel).Soon();
        await caller.SendAsync(begin, Rig.Cancel);
        return caller;
    }
}
