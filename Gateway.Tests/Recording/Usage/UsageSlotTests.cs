using Gateway.Recording.Usage;
using Xunit;

namespace Gateway.Tests.Recording.Usage;

[Trait("req", "A9")]
public class UsageSlotTests
{
    [Fact]
    public void TryAdd_WhatWasEncoded_IsTheSame()
    {
        byte[] encoded = Sample().Encode();
        var sum = new UsageSlot();

        Assert.True(sum.TryAdd(encoded));
        Assert.True(sum.TryAdd(encoded));

        Assert.Equal(Sample().Keys, sum.Keys);
        Assert.Equal(2 * 300, sum.Of(UsageKey.Whole)[UsageField.Requests]);
        Assert.Equal(2 * (1L << 40), sum.Of(UsageKey.OfInstance("azure.east_1-x"))[UsageField.AnsweredMicroseconds]);
    }

    [Fact]
    public void AddExcess_OlderAndNewerState_IsWhatCameBetween()
    {
        UsageSlot later = Sample();
        later.Of(UsageKey.Whole)[UsageField.Requests] += 5;
        later.Of(UsageKey.OfTier(2))[UsageField.Errors] = 0;
        later.Of(UsageKey.OfTier(7))[UsageField.Errors] = 2;
        UsageSlot now = Sample();

        now.AddExcess(later, Sample());

        Assert.Equal((305, 4, 2), (
            now.Of(UsageKey.Whole)[UsageField.Requests], now.Of(UsageKey.OfTier(2))[UsageField.Errors], now.Of(UsageKey.OfTier(7))[UsageField.Errors]));
    }

    /// <summary>T8: what lies in Redis may be anything.</summary>
    [Fact]
    [Trait("row", "T8")]
    public void TryAdd_CutAnywhereOrGarbage_IsRefusedAndAddsNothing()
    {
        byte[] encoded = Sample().Encode();
        var sum = new UsageSlot();
        for (int length = 0; length < encoded.Length; length++)
        {
            Assert.False(sum.TryAdd(encoded.AsSpan(0, length)));
        }

        Assert.False(sum.TryAdd([.. encoded, 0]));
        Assert.False(sum.TryAdd(Enumerable.Repeat((byte)0xff, 100).ToArray()));
        Assert.Empty(sum.Keys);

        var random = new Random(4711);
        for (int i = 0; i < 100_000; i++)
        {
            byte[] broken = [.. encoded];
            broken[random.Next(broken.Length)] = (byte)random.Next(256);
            broken[random.Next(broken.Length)] = (byte)random.Next(256);
            var target = new UsageSlot();
            if (!target.TryAdd(broken))
            {
                Assert.Empty(target.Keys);
            }
        }
    }

    [Fact]
    public void TryAdd_MoreFieldsThanKnown_TakesThoseThatAre()
    {
        // One key (all), one field more than there are, each with the value 1.
        byte[] later = [1, (byte)(UsageCounts.Fields + 1), 0, 0, 0, .. Enumerable.Repeat((byte)1, UsageCounts.Fields + 1)];
        var sum = new UsageSlot();

        Assert.True(sum.TryAdd(later));
        Assert.All(sum.Of(UsageKey.Whole).Values.ToArray(), static value => Assert.Equal(1, value));
    }

    private static UsageSlot Sample()
    {
        var slot = new UsageSlot();
        slot.Of(UsageKey.Whole)[UsageField.Requests] = 300;
        slot.Of(UsageKey.OfTier(2))[UsageField.Errors] = 4;
        slot.Of(UsageKey.OfInstance("azure.east_1-x"))[UsageField.AnsweredMicroseconds] = 1L << 40;
        return slot;
    }
}
