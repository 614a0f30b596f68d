using Gateway.Recording;
using Gateway.Recording.Usage;
using Xunit;

namespace Gateway.Tests.Recording.Usage;

[Trait("req", "A9")]
public class UsageHistoryTests
{
    private readonly UsageHistory _history = new();

    [Fact]
    public void Write_OverTwoDays_KeepsMinutesForADayAndHoursForAll()
    {
        for (int minute = 0; minute < 2 * 24 * 60; minute++)
        {
            _history.Write(UsageRecords.Answered(At(minute)));
        }

        Assert.Equal(0, _history.Requests(UsageResolution.Minutes, At((24 * 60) - 1)));
        Assert.Equal(1, _history.Requests(UsageResolution.Minutes, At(24 * 60)));
        Assert.Equal(1, _history.Requests(UsageResolution.Minutes, At((2 * 24 * 60) - 1)));
        Assert.All(Enumerable.Range(0, 48), hour => Assert.Equal(60, _history.Requests(UsageResolution.Hours, At(hour * 60))));
    }

    [Fact]
    public void Write_OverFortyDays_KeepsHoursForThirty()
    {
        for (int hour = 0; hour < 40 * 24; hour++)
        {
            _history.Write(UsageRecords.Answered(At(hour * 60)));
        }

        Assert.Equal(0, _history.Requests(UsageResolution.Hours, At(((10 * 24) - 1) * 60)));
        Assert.Equal(1, _history.Requests(UsageResolution.Hours, At(10 * 24 * 60)));
    }

    [Fact]
    public void Write_GatewaysOwnRoute_IsNoUsage()
    {
        AccessRecord record = UsageRecords.Answered(At(0));
        record.IsApi = false;
        _history.Write(record);

        Assert.Equal(0, _history.Requests(UsageResolution.Minutes, At(0)));
    }

    [Fact]
    [Trait("row", "R5")]
    public void Write_ClockIsSetBackAnHourAndOnAgain_CountsInTheMinutesThatWere()
    {
        foreach (int minute in new[] { 90, 30, 90, 30, 90 })
        {
            _history.Write(UsageRecords.Answered(At(minute)));
        }

        Assert.Equal((3, 2), (_history.Requests(UsageResolution.Minutes, At(90)), _history.Requests(UsageResolution.Minutes, At(30))));
        Assert.Equal((3, 2), (_history.Requests(UsageResolution.Hours, At(90)), _history.Requests(UsageResolution.Hours, At(30))));
    }

    [Fact]
    public async Task Write_FromManyThreadsAcrossMinutes_LosesNothing()
    {
        const int threads = 8;
        const int each = 5_000;
        await Task.WhenAll(Enumerable.Range(0, threads).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < each; i++)
            {
                _history.Write(UsageRecords.Answered(At(i % 3)));
            }
        })));

        Assert.Equal(threads * each, Enumerable.Range(0, 3).Sum(minute => _history.Requests(UsageResolution.Minutes, At(minute))));
        Assert.Equal(threads * each, _history.Requests(UsageResolution.Hours, At(0)));
    }

    [Fact]
    public void Memory_ThirtyFullDaysOfThreeTiersAndFourInstances_StaysBelowAMegabyte()
    {
        for (int hour = 0; hour < 30 * 24; hour++)
        {
            Fill(hour * 60);
        }

        for (int minute = 0; minute < 24 * 60; minute++)
        {
            Fill((29 * 24 * 60) + minute);
        }

        long kept = UsageResolution.All.Sum(resolution => _history.From(resolution, 0).Sum(static slot => slot.Sums.Length));
        Assert.InRange(kept, 1, 1 << 20);

        void Fill(int minute)
        {
            for (int i = 0; i < 12; i++)
            {
                _history.Write(UsageRecords.Answered(At(minute), $"instance-{i % 4}", i % 3));
            }
        }
    }

    private static DateTimeOffset At(int minute) => UsageRecords.Start.AddMinutes(minute);
}
