using Gateway.Scheduling;
using Gateway.Tests.Dispatching.Model;
using Xunit;

namespace Gateway.Tests.Dispatching;

/// <summary>
/// Long seeded runs against the reference: short here, a million steps in <c>make simulate</c> (GATEWAY_SIMULATE_STEPS). A failure
/// names the seed; GATEWAY_SIMULATE_SEED replays it.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int StepsPerWorld = 5000;

    [Fact]
    [Trait("category", "simulate")]
    [Trait("row", "S1")]
    [Trait("row", "S3")]
    [Trait("row", "S5")]
    public void Core_LongSeededRun_EqualsReferenceAndKeepsEveryInvariant()
    {
        int steps = int.TryParse(Environment.GetEnvironmentVariable("GATEWAY_SIMULATE_STEPS"), out int set) ? set : 4 * StepsPerWorld;
        int seed = int.TryParse(Environment.GetEnvironmentVariable("GATEWAY_SIMULATE_SEED"), out set) ? set : Random.Shared.Next();
        var total = new Coverage();
        long start = TimeProvider.System.GetTimestamp();
        for (int world = 0; world * StepsPerWorld < steps; world++)
        {
            try
            {
                total.AddAll(ModelRun.Play(
                    Script.Numbered(unchecked(seed + world), StepsPerWorld),
                    static options => new CoreModel(options), static options => new ReferenceScheduler(options)));
            }
            catch (InvariantViolation violation)
            {
                Assert.Fail($"GATEWAY_SIMULATE_SEED={unchecked(seed + world)}: {violation.Message}");
            }
        }

        double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        output.WriteLine($"seed {seed}: {total[Seen.Step]:N0} steps in {seconds:F1} s, {total[Seen.Step] / seconds:N0} steps/s; {total}");
    }
}
