using Gateway.Caching;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.EndToEnd;

/// <summary>A caller that takes its answer slowly keeps memory, and the cache knows of it.</summary>
[Collection(Alone.Name)]
[Trait("row", "T6")]
[Trait("req", "C5")]
public class CacheSlowReaderTests
{
    /// <summary>Far more than sockets and server hold for a caller that takes nothing.</summary>
    private const int Length = 20 << 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Answer_TakenSlowly_CountsUntilItsReaderIsGone(bool isHit)
    {
        await using Rig rig = await Rig.StartAsync(configure: CacheCalls.On);
        string json = $$"""{"data":["{{new string('x', Length)}}"]}""";
        rig.Upstream.Respond(context => CachingTests.AnswerAsync(context, json));
        if (isHit)
        {
            await rig.EmbedAsync("a").ReadAsync("MISS");
        }

        CacheBudget budget = rig.Gateway.Services.GetRequiredService<CacheBudget>();
        FlightTable flights = rig.Gateway.Services.GetRequiredService<FlightTable>();
        using (HttpResponseMessage slow = await rig.EmbedAsync("a").Soon())
        {
            Assert.Equal(isHit ? "HIT" : "MISS", slow.Header("X-Cache"));
            await Eventually.TrueAsync(async () => flights.Count == 0 && await rig.Store().CountAsync() == 1);
            await rig.Store().ClearAsync(null);

            Assert.InRange(budget.Held, Length / 3, 2 * Length);
        }

        await Eventually.TrueAsync(() => budget.Held == 0);
    }
}
