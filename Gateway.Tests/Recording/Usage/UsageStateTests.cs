using Gateway.Recording.Usage;
using Xunit;

namespace Gateway.Tests.Recording.Usage;

[Trait("req", "A9")]
public class UsageStateTests
{
    private static readonly DateTimeOffset Now = UsageRecords.Start.AddHours(30);

    [Fact]
    public void TryDecode_WhatWasEncoded_IsTheSameHistoryAndTheSameGateway()
    {
        UsageHistory before = Sample();
        var after = new UsageHistory();

        Assert.True(UsageState.TryDecode(UsageState.Encode(before, Now), after, Now));

        Assert.Equal(before.Id, after.Id);
        Assert.Equal(2, after.Requests(UsageResolution.Minutes, Now));
        Assert.Equal(1, after.Requests(UsageResolution.Minutes, Now.AddHours(-23)));
        Assert.Equal(1, after.Requests(UsageResolution.Hours, UsageRecords.Start));
        Assert.Equal(0, after.Requests(UsageResolution.Minutes, UsageRecords.Start));
    }

    [Fact]
    public void TryDecode_LongAfter_TakesOnlyWhatIsStillKept()
    {
        var after = new UsageHistory();
        DateTimeOffset later = Now.AddDays(29);

        Assert.True(UsageState.TryDecode(UsageState.Encode(Sample(), Now), after, later));

        Assert.Empty(after.From(UsageResolution.Minutes, 0));
        Assert.Equal([UsageResolution.Hours.SlotOf(Now.AddHours(-23)), UsageResolution.Hours.SlotOf(Now)], after.From(UsageResolution.Hours, 0).Select(static slot => slot.Slot));
    }

    [Fact]
    public void TryDecode_AnyByteChangedOrMissing_IsRefusedAndNothingIsTakenOver()
    {
        byte[] file = UsageState.Encode(Sample(), Now);
        for (int at = 0; at < file.Length; at++)
        {
            byte[] broken = [.. file];
            broken[at] ^= 0x40;
            AssertRefused(broken);
            AssertRefused(file[..at]);
        }

        AssertRefused([.. file, 0]);

        static void AssertRefused(byte[] broken)
        {
            var history = new UsageHistory();
            Guid own = history.Id;
            Assert.False(UsageState.TryDecode(broken, history, Now));
            Assert.Equal((own, 0), (history.Id, history.Changes));
        }
    }

    private static UsageHistory Sample()
    {
        var history = new UsageHistory();
        foreach (DateTimeOffset at in new[] { UsageRecords.Start, Now.AddHours(-23), Now, Now })
        {
            history.Write(UsageRecords.Answered(at));
        }

        return history;
    }
}
