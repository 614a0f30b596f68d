using System.Globalization;
using System.Text;
using Gateway.Recording;
using Xunit;

namespace Gateway.Tests.Recording;

public class ThousandthsTextTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(4, "0")]
    [InlineData(5, "0.001")]
    [InlineData(9_994, "0.999")]
    [InlineData(9_995, "1")]
    [InlineData(10_000, "1")]
    [InlineData(10_500, "1.05")]
    [InlineData(15_000, "1.5")]
    [InlineData(123_456_789, "12345.679")]
    public void Write_Ticks_AsMilliseconds(long ticks, string expected) => Assert.Equal(expected, TextOf(new TimeSpan(ticks)));

    [Fact]
    public void Write_AnyTime_IsWhatItWouldBeAsADecimal()
    {
        var random = new Random(11);
        for (int i = 0; i < 20_000; i++)
        {
            var time = new TimeSpan(random.NextInt64(1L << random.Next(1, 60)));

            decimal expected = Math.Round(time.Ticks / (decimal)TimeSpan.TicksPerMillisecond, 3, MidpointRounding.AwayFromZero);
            Assert.Equal(expected, decimal.Parse(TextOf(time), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture));
        }
    }

    private static string TextOf(TimeSpan time)
    {
        Span<byte> output = stackalloc byte[ThousandthsText.MaxLength];
        return Encoding.ASCII.GetString(output[..ThousandthsText.WriteMilliseconds(time, output)]);
    }
}
