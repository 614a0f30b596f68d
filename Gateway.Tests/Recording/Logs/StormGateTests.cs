using Gateway.Recording.Logs;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Recording.Logs;

[Trait("row", "M4")]
public sealed class StormGateTests : IDisposable
{
    private const int PerSecond = 10;

    private readonly ManualTimeProvider _time = new();
    private readonly List<(string Kind, long Held)> _told = [];
    private readonly StormGate<string> _gate;

    public StormGateTests() => _gate = new StormGate<string>(PerSecond, _time, (kind, held) => _told.Add((kind, held)));

    public void Dispose() => _gate.Dispose();

    [Fact]
    public void Admits_Storm_LetsSoManyPassAndTellsOfTheRestOnceTheSecondIsOver()
    {
        Assert.Equal(PerSecond, Count("a", 10_000));
        Assert.Empty(_told);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([("a", 9_990L)], _told);

        Assert.Equal(PerSecond, Count("a", 50));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([("a", 9_990L), ("a", 40L)], _told);
    }

    [Fact]
    public void Admits_OtherKind_HasItsOwnShare()
    {
        Count("a", 10_000);

        Assert.Equal(5, Count("b", 5));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([("a", 9_990L)], _told);
    }

    [Fact]
    public void Admits_BelowTheLimit_HoldsNothingBackAndRunsNoTimer()
    {
        for (int second = 0; second < 20; second++)
        {
            Assert.Equal(PerSecond, Count("a", PerSecond));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((0, 0), (_told.Count, _time.ArmedTimers));
    }

    [Fact]
    public void Admits_AnyPattern_PassedAndToldAreAll()
    {
        var random = new Random(4711);
        long all = 0, passed = 0;
        for (int i = 0; i < 1_000; i++)
        {
            int burst = random.Next(40);
            all += burst;
            passed += Count("a", burst);
            _time.Advance(TimeSpan.FromMilliseconds(random.Next(700)));
        }

        _gate.Dispose();
        Assert.Equal(all, passed + _told.Sum(static entry => entry.Held));
        Assert.True(passed < all);
    }

    [Fact]
    public void Dispose_StormUnderWay_TellsOfIt()
    {
        Count("a", 15);
        _gate.Dispose();

        Assert.Equal([("a", 5L)], _told);
        Assert.Equal(0, _time.ArmedTimers);
    }

    private int Count(string kind, int times) => Enumerable.Range(0, times).Count(_ => _gate.Admits(kind));
}
