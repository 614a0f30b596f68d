using Gateway.Configuration;
using Gateway.Scheduling;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Support;

/// <summary>Rigs whose instances may leave the rotation.</summary>
internal static class HealthRig
{
    /// <summary>The simulator alone, or behind another instance that comes first.</summary>
    public static Task<Rig> StartAsync(
        ManualTimeProvider clock, HealthOptions health, Uri? inTrouble = null, int slots = 1, string? key = null, bool alone = false, bool enabled = true,
        RoutingStrategy strategy = RoutingStrategy.Failover, RetryOptions? retries = null) => Rig.StartAsync(
        slots,
        options =>
        {
            InstanceOptions? first = inTrouble is null ? null : GatewayHost.Instance(inTrouble, slots) with { ApiKey = key, Enabled = enabled };
            InstanceOptions other = options.Instances[0] with { Name = first is null ? "default" : "other", Priority = 2 };
            return options with
            {
                Instances = first is null ? [other] : alone ? [first] : [first, other],
                Health = health,
                Retries = retries ?? options.Retries,
                Routing = options.Routing with { Strategy = strategy },
            };
        },
        services => services.AddSingleton<TimeProvider>(clock));

    /// <summary>So many calls that the upstream answers with 500, and all of them are over: the caller has its answer before the instance has its mark.</summary>
    public static async Task FailAsync(Rig rig, int times)
    {
        int before = rig.Gateway.Records.All.Count;
        for (int i = 0; i < times; i++)
        {
            Assert.Equal(500, (int)(await rig.ChatAsync(Rig.Batch, $"fail{i}", knobs: ["status=500"]).Soon()).StatusCode);
        }

        await rig.Gateway.Records.WaitForAsync(before + times);
    }

    /// <summary>Lets the time pass that an instance which has just left the rotation stays out, once the gateway has set its clock for the end of it.</summary>
    public static async Task PassBreakAsync(ManualTimeProvider clock, TimeSpan length)
    {
        await clock.WaitForTimerAsync(length).Soon();
        clock.Advance(length);
    }
}
