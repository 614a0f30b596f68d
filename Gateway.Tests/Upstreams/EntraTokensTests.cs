using Azure.Core;
using Gateway.Tests.Support;
using Gateway.Upstreams.Azure;
using Xunit;

namespace Gateway.Tests.Upstreams;

[Trait("req", "A4")]
public class EntraTokensTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly FakeCredential _credential = new();

    [Fact]
    public async Task Get_ManyAtOnceAndLater_FetchesOnceUntilShortlyBeforeTheEnd()
    {
        var tokens = new EntraTokens(() => _credential, _time);
        _credential.Ends = _time.GetUtcNow() + TimeSpan.FromHours(1);

        Task<string>[] first = [.. Enumerable.Range(0, 5).Select(_ => tokens.GetAsync(Rig.Cancel).AsTask())];
        Assert.All(await Task.WhenAll(first).Soon(), static token => Assert.Equal("token-1", token));
        _time.Advance(TimeSpan.FromMinutes(54));
        Assert.Equal("token-1", await tokens.GetAsync(Rig.Cancel));
        _time.Advance(TimeSpan.FromMinutes(2));
        _credential.Ends = _time.GetUtcNow() + TimeSpan.FromHours(1);

        Assert.Equal("token-1", await tokens.GetAsync(Rig.Cancel));
        while (await tokens.GetAsync(Rig.Cancel) != "token-2")
        {
            await Task.Yield();
        }

        Assert.Equal(["https://cognitiveservices.azure.com/.default"], _credential.Scopes);
    }

    [Fact]
    public async Task Get_RefreshFails_OldTokenServesToItsEnd()
    {
        var tokens = new EntraTokens(() => _credential, _time);
        _credential.Ends = _time.GetUtcNow() + TimeSpan.FromMinutes(10);
        await tokens.GetAsync(Rig.Cancel);
        _credential.Failure = new InvalidOperationException("tenant 1234 secret");
        _time.Advance(TimeSpan.FromMinutes(6));

        Assert.Equal("token-1", await tokens.GetAsync(Rig.Cancel));
        _time.Advance(TimeSpan.FromMinutes(5));
        HttpRequestException failed = await Assert.ThrowsAsync<HttpRequestException>(() => tokens.GetAsync(Rig.Cancel).AsTask());

        Assert.Equal(HttpRequestError.UserAuthenticationError, failed.HttpRequestError);
        Assert.DoesNotContain("1234", failed.ToString(), StringComparison.Ordinal);
        _credential.Failure = null;
        _time.Advance(TimeSpan.FromSeconds(10));
        _credential.Ends = _time.GetUtcNow() + TimeSpan.FromHours(1);
        Assert.StartsWith("token-", await tokens.GetAsync(Rig.Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_SigningInFails_IsNotTriedForEachRequest()
    {
        var tokens = new EntraTokens(() => _credential, _time);
        _credential.Failure = new InvalidOperationException("no identity here");

        for (int i = 0; i < 5; i++)
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => tokens.GetAsync(Rig.Cancel).AsTask().Soon());
            _time.Advance(TimeSpan.FromSeconds(4));
        }

        Assert.Equal(2, _credential.Asked);
    }

    [Fact]
    public async Task Get_RefreshHangs_NobodyWaitsForItWhileTheOldTokenIsValid()
    {
        var tokens = new EntraTokens(() => _credential, _time);
        _credential.Ends = _time.GetUtcNow() + TimeSpan.FromMinutes(10);
        await tokens.GetAsync(Rig.Cancel);
        _credential.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _time.Advance(TimeSpan.FromSeconds(590));

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("token-1", await tokens.GetAsync(Rig.Cancel).AsTask().Soon());
        }

        // Ends the old token, not yet the patience with the new one.
        _credential.Ends = _time.GetUtcNow() + TimeSpan.FromHours(1);
        _time.Advance(TimeSpan.FromSeconds(11));
        Task<string> late = tokens.GetAsync(Rig.Cancel).AsTask();
        Assert.False(late.IsCompleted);
        _credential.Gate.SetResult();
        Assert.Equal("token-2", await late.Soon());
    }

    [Fact]
    public async Task Get_CallerLeaves_FetchGoesOnForTheOthers()
    {
        var tokens = new EntraTokens(() => _credential, _time);
        _credential.Ends = _time.GetUtcNow() + TimeSpan.FromHours(1);
        _credential.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var leave = new CancellationTokenSource();
        Task<string> leaver = tokens.GetAsync(leave.Token).AsTask();
        Task<string> other = tokens.GetAsync(Rig.Cancel).AsTask();

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver.Soon());
        _credential.Gate.SetResult();

        Assert.Equal("token-1", await other.Soon());
    }
}
