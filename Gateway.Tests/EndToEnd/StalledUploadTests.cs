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
        await caller.ReadUntilAsync("HTTP/1.1 400 ", Rig.Cancel).Soon();
        caller.Reset();

        Assert.Equal(Outcome.BodyIncomplete, Assert.Single(await rig.AssertQuietAsync(1, 1)).Outcome);
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

    private static async Task<RawConnection> BeginAsync(Rig rig, string framing, string begin)
    {
        RawConnection caller = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Batch), Rig.Cancel);
        await caller.SendAsync($"POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\n{framing}\r\nExpect: 100-continue\r\n\r\n", Rig.Cancel);
        await caller.ReadUntilAsync("100 Continue", Rig.Cancel).Soon();
        await caller.SendAsync(begin, Rig.Cancel);
        return caller;
    }
}
