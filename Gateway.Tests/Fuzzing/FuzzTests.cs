using System.Globalization;
using Gateway.Tests.Fuzzing.Targets;
using Xunit;

namespace Gateway.Tests.Fuzzing;

/// <summary>
/// Everything that reads what others wrote, on mutated inputs: short and seeded here, long and on new seeds in <c>make fuzz</c>
/// (GATEWAY_FUZZ_SECONDS for each target; GATEWAY_FUZZ_SEED replays one). What is found stays in <c>Found/</c> and is tried for ever.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int UsualSeed = 20261121;

    /// <summary>Of the long run; null for the short one.</summary>
    private static readonly double? Seconds =
        double.TryParse(Environment.GetEnvironmentVariable("GATEWAY_FUZZ_SECONDS"), CultureInfo.InvariantCulture, out double set) ? set : null;

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(static target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    [Trait("category", "fuzz")]
    [Trait("row", "H1")]
    [Trait("row", "H2")]
    [Trait("row", "H6")]
    [Trait("row", "H8")]
    public async Task Target_MutatedInputs_ViolateNothing(string name)
    {
        await using FuzzTarget target = FuzzTargets.All.Single(target => target.Name == name).Make();
        await target.StartAsync();
        var run = new FuzzRun(target, SeedOf());
        try
        {
            await run.RunAsync((inputs, time) => Seconds is { } most ? time.TotalSeconds < most : inputs < target.ShortInputs);
        }
        catch (FuzzFailure found) when (Seconds is not null)
        {
            Assert.Fail($"Kept as {FoundInputs.Keep(name, found.Input)}\n{found.Message}\n{found.InnerException}");
        }

        output.WriteLine(run.ToString());
        Assert.All(target.Reaches, way => Assert.True(run.Reached.GetValueOrDefault(way) > 0, $"{way} was never reached: {run}"));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Target_FoundInputsAndSeeds_ViolateNothing(string name)
    {
        await using FuzzTarget target = FuzzTargets.All.Single(target => target.Name == name).Make();
        await target.StartAsync();
        foreach ((string file, byte[] input) in FoundInputs.Of(name).Concat(target.Seeds.Select(static (seed, index) => ($"seed {index}", seed))))
        {
            try
            {
                await target.TryAsync(input);
            }
            catch (Exception e)
            {
                throw new FuzzFailure(input, $"{name}, {file}: {e.Message}", e);
            }
        }
    }

    [Fact]
    public void FoundInputs_Folders_BelongToTargets() =>
        Assert.Subset(FuzzTargets.All.Select(static target => target.Name).ToHashSet(), FoundInputs.Targets.ToHashSet());

    private static int SeedOf() =>
        int.TryParse(Environment.GetEnvironmentVariable("GATEWAY_FUZZ_SEED"), CultureInfo.InvariantCulture, out int seed) ? seed
        : Seconds is null ? UsualSeed
        : Random.Shared.Next();
}
