using System.Text;
using Gateway.Configuration;
using Gateway.Requests;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>Durations and sizes as people write them: in range, and what is written of them reads back the same.</summary>
internal sealed class QuantitiesTarget : FuzzTarget
{
    private static readonly TimeSpan Century = TimeSpan.FromDays(36525);

    public override string Name => "quantities";

    public override int ShortInputs => 30_000;

    public override IReadOnlyList<byte[]> Seeds { get; } = Texts(
        ["5m", "1h30m", "300ms", "00:05:00", "1.5s", "30", "0.25", "1.02:03:04", "36500d", "-5", "1e3", "64KiB", "1.5GiB", "10MB", "65536", "0B", "9223372036854775807", "8388607TiB", "1us", "00:00:00.1234567", "7h", ""]);

    public override IReadOnlyList<string> Words { get; } =
        ["ms", "us", "d", "h", "m", "s", ":", "00", ".", "-", "+", "e9", " ", "KiB", "TiB", "tb", "B", "b", "iB", ",", "NaN", "Infinity", "٣", "10675199.02:48:05", "79228162514264337593543950335", "0000000000000"];

    public override IReadOnlyList<string> Reaches => ["nothing", "duration", "size", "both"];

    public override ValueTask<string> TryAsync(byte[] input)
    {
        string text = Encoding.UTF8.GetString(input);
        bool isDuration = Durations.TryParse(text, out TimeSpan duration);
        Assert.True(isDuration || duration == default);
        if (isDuration)
        {
            Assert.InRange(duration, -Century, Century);
            if (duration >= TimeSpan.Zero)
            {
                Assert.True(Durations.TryParse(Durations.Format(duration), out TimeSpan again), Durations.Format(duration));
                Assert.InRange(again - duration, -TimeSpan.FromMicroseconds(1), TimeSpan.FromMicroseconds(1));
                AssertHeader(duration);
            }
        }

        bool isSize = Sizes.TryParse(text, out long bytes);
        Assert.True(isSize || bytes == 0);
        if (isSize)
        {
            Assert.True(Sizes.TryParse(Sizes.Format(bytes), out long again));
            Assert.Equal(bytes, again);
            Assert.InRange(bytes, 0, long.MaxValue);
        }

        return new(isDuration && isSize ? "both" : isDuration ? "duration" : isSize ? "size" : "nothing");
    }

    /// <summary>As callers are told of it: never earlier, and at most a millisecond later.</summary>
    private static void AssertHeader(TimeSpan duration)
    {
        Assert.True(Durations.TryParse(QuotaHeaders.Text(duration), out TimeSpan told), QuotaHeaders.Text(duration));
        Assert.InRange(told - duration, -TimeSpan.FromMicroseconds(1), TimeSpan.FromMilliseconds(1.001));
    }
}
