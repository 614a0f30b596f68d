using Gateway.Scheduling;
using Load.Replay;
using Xunit;

namespace Gateway.Tests.Simulation;

/// <summary>
/// Offered load from half of the capacity to ten times it, in virtual time: what is served stays at what can be served, and it is the
/// less urgent work that is refused. <c>make chaos</c> does the same through sockets.
/// </summary>
public sealed class OverloadTests(ITestOutputHelper output)
{
    private const int Slots = 8;
    private const int QueueLength = 100;
    private const int Minutes = 20;

    [Fact]
    [Trait("row", "S6")]
    public void OfferedLoad_UpToTenTimesTheCapacity_GoodputStaysFlatAndTheUrgentWaitToo()
    {
        Step[] steps = [.. new[] { 0.5, 0.8, 1, 2, 5, 10 }.Select(static load => Run(load, QueueLength))];
        foreach (Step step in steps)
        {
            output.WriteLine($"{step.Load,4:F1}x: {step.Goodput:F2}/s served in time, {step.Refused} refused, urgent wait p99 {step.UrgentP99 * 1000:F0} ms, refused urgent {step.UrgentRefused}");
        }

        double peak = steps.Max(static step => step.Goodput);
        Assert.True(steps[^1].Goodput >= 0.9 * peak);
        Assert.All(steps, static step => Assert.Equal(0, step.UrgentRefused));
        Assert.All(steps, static step => Assert.InRange(step.UrgentP99, 0, 1));
        Assert.True(steps[^1].Refused > 5 * steps[^1].Served);
    }

    [Fact]
    [Trait("row", "S6")]
    public void OfferedLoad_TenTimesTheCapacityWithoutABound_AlmostNothingIsServedInTime()
    {
        // The negative control: with a queue that never refuses, everybody waits until their answer is of no use.
        double bounded = Run(10, QueueLength).Goodput;
        double unbounded = Run(10, int.MaxValue).Goodput;

        output.WriteLine($"served in time: {bounded:F2}/s with a bound, {unbounded:F2}/s without");
        Assert.True(unbounded < 0.5 * bounded);
    }

    /// <summary>A tenth of the capacity is urgent, whatever is offered of the rest. An answer is of use within half a minute.</summary>
    private static Step Run(double load, int queueLength)
    {
        const double Useful = 30;
        int refused = 0, urgentRefused = 0;
        List<SimulatedItem> done = [];
        TierPolicy policy = new() { Priority = 3, MaxQueueLength = queueLength, QueueTimeout = TimeSpan.FromDays(1) };
        var run = new VirtualRun(
            new SchedulerOptions { Tiers = [policy with { Priority = 1, Preemptive = true }, policy with { Priority = 2 }, policy], InstanceLimits = [Slots] },
            new InterruptionOptions { RevokeToFree = TimeSpan.FromMilliseconds(100) })
        {
            Refused = (item, reason) => (refused, urgentRefused) = item.Tier == 0 ? (refused, urgentRefused + 1) : (refused + 1, urgentRefused),
        };
        double rest = (load * Slots) - (0.1 * Slots);
        var arrivals = new PoissonArrivals(seed: 11)
            .Add(0.1 * Slots, static random => PoissonArrivals.Exponential(random, 1))
            .Add(rest / 2, static random => PoissonArrivals.Exponential(random, 1))
            .Add(rest / 2, static random => PoissonArrivals.Exponential(random, 1));
        run.Run(arrivals.Take(int.MaxValue).TakeWhile(static item => item.ArrivesAt < TimeSpan.FromMinutes(Minutes).Ticks), done.Add);

        double[] urgent = [.. done.Where(static item => item.Tier == 0).Select(static item => TimeSpan.FromTicks(item.Wait).TotalSeconds).Order()];
        int inTime = done.Count(static item => item.DoneAt < TimeSpan.FromMinutes(Minutes).Ticks && TimeSpan.FromTicks(item.Response).TotalSeconds <= Useful);
        return new Step(load, inTime / (Minutes * 60.0), done.Count, refused, urgentRefused, urgent[(int)(urgent.Length * 0.99)]);
    }

    private sealed record Step(double Load, double Goodput, int Served, int Refused, int UrgentRefused, double UrgentP99);
}
