using Load.Replay;
using Xunit;

namespace Gateway.Tests.Simulation;

public class DeviationTests
{
    [Theory]
    [InlineData(110, 100, false)]
    [InlineData(90, 100, false)]
    [InlineData(111, 100, true)]
    [InlineData(89, 100, true)]
    [InlineData(0, 0, false)]
    [InlineData(1, 0, true)]
    public void IsTooLarge_OverTenPercentEitherWay_IsTrue(double replayed, double published, bool tooLarge)
    {
        Assert.Equal(tooLarge, Deviation.IsTooLarge(Deviation.Of(replayed, published)));
    }
}
