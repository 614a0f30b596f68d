using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>How long answers are kept, on a clock of the test's own.</summary>
[Trait("req", "M3")]
public class CacheTimeTests
{
    [Fact]
    public async Task ModelsList_FiveMinutes_ThenItIsAskedForAgain()
    {
        var clock = new ManualTimeProvider();
        await using Rig rig = await Rig.StartAsync(1, CacheCalls.On, services => services.AddSingleton<TimeProvider>(clock));
        await GetAsync().ReadAsync("MISS");
        await Eventually.TrueAsync(async () => await rig.Store().CountAsync() == 1);

        clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        await GetAsync().ReadAsync("HIT");
        clock.Advance(TimeSpan.FromSeconds(2));
        await GetAsync().ReadAsync("MISS");

        Assert.Equal(2, rig.Upstream.Requests.Count);

        Task<HttpResponseMessage> GetAsync() => rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Get, "/v1/models"));
    }
}
