using Gateway.Listeners;
using Xunit;

namespace Gateway.Tests.Listeners;

[Trait("row", "L4")]
public class DescriptorBudgetTests
{
    private const string Head = "Limit                     Soft Limit           Hard Limit           Units     \n";

    [Theory]
    [InlineData("1320", 8, 992)]
    [InlineData("1320", 900, 500)]
    [InlineData("256", 8, DescriptorBudget.Least)]
    [InlineData("unlimited", 8, int.MaxValue)]
    public void Callers_Limit_LeavesRoomForUpstreamCallsAndTheProgram(string soft, int slots, int callers) =>
        Assert.Equal(callers, DescriptorBudget.Callers($"{Head}Max processes             7               7               processes \nMax open files            {soft}             20000                files     \n", slots));

    [Theory]
    [InlineData(DescriptorBudget.Least, 4)]
    [InlineData(40, 16)]
    [InlineData(1000, 125)]
    [InlineData(int.MaxValue, 256)]
    public void Operators_OfTheCallers_KeepSome(int callers, int kept) => Assert.Equal(kept, DescriptorBudget.Operators(callers));

    [Theory]
    [InlineData("")]
    [InlineData("Max open files")]
    public void Callers_SystemThatDoesNotSay_IsNoBound(string limits) => Assert.Equal(int.MaxValue, DescriptorBudget.Callers(limits, 8));

    [Fact]
    public void ReadLimits_OnLinux_IsUnderstood() => Assert.InRange(DescriptorBudget.Callers(DescriptorBudget.ReadLimits(), 8), DescriptorBudget.Least, int.MaxValue);
}
