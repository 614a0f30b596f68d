using System.Text;
using Xunit;

namespace Gateway.Tests.Fuzzing;

/// <summary>The negative controls of the fuzz itself: what is wrong is found, made short, and comes back by its seed.</summary>
public sealed class FuzzControlTests
{
    private const int Inputs = 200_000;
    private const int Seed = 7;

    [Theory]
    [InlineData("\0")]
    [InlineData("bb")]
    [InlineData("-Infinity")]
    [InlineData("18446744073709551616")]
    [InlineData("word,word")]
    public async Task Run_ReaderThatFailsOnSomething_FindsItAndMakesItShort(string planted)
    {
        FuzzFailure found = await Assert.ThrowsAsync<FuzzFailure>(() => RunAsync(new PlantedTarget(planted)));

        Assert.Equal(planted, Encoding.UTF8.GetString(found.Input));
        Assert.Contains(Convert.ToHexString(found.Input), found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SameSeed_TriesTheSameInputs()
    {
        var (one, other) = (new PlantedTarget("never found, however long"), new PlantedTarget("never found, however long"));

        await RunAsync(one, 2000);
        await RunAsync(other, 2000);

        Assert.Equal(one.Sum, other.Sum);
        Assert.NotEqual(0, one.Sum);
    }

    private static Task RunAsync(FuzzTarget target, int inputs = Inputs) => new FuzzRun(target, Seed).RunAsync((tried, _) => tried < inputs);

    private sealed class PlantedTarget(string planted) : FuzzTarget
    {
        public override string Name => "planted";

        public override IReadOnlyList<byte[]> Seeds { get; } = Texts("a: 1, b: 23", "abcd");

        public override IReadOnlyList<string> Words { get; } = ["word", ",", "x"];

        public override IReadOnlyList<string> Reaches => [];

        public long Sum { get; private set; }

        public override ValueTask<string> TryAsync(byte[] input)
        {
            Sum = (Sum * 31) + input.Sum(static part => (long)part) + input.Length;
            return Encoding.UTF8.GetString(input).Contains(planted, StringComparison.Ordinal) ? throw new InvalidOperationException("planted") : new("clean");
        }
    }
}
