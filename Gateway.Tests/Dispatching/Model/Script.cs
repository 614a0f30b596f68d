using FsCheck;
using FsCheck.Fluent;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>A run as numbers: the configuration and the steps. What a number means depends on the state it meets.</summary>
internal sealed record Script(int Setup, int[] Steps)
{
    public static Arbitrary<Script> Of(int length) => Arb.From(
        Gen.Choose(0, int.MaxValue).SelectMany(setup => Gen.ArrayOf(Gen.Choose(1, int.MaxValue), length).Select(steps => new Script(setup, steps))),
        Shrink);

    /// <summary>The script with this number, always the same.</summary>
    public static Script Numbered(int number, int length)
    {
        var dice = new Dice((ulong)number + 1);
        return new Script(dice.Next(int.MaxValue), [.. Enumerable.Range(0, length).Select(_ => 1 + dice.Next(int.MaxValue - 1))]);
    }

    public override string ToString() => $"new Script({Setup}, [{string.Join(", ", Steps)}])";

    /// <summary>Without a half, a quarter, ... down to a single step.</summary>
    private static IEnumerable<Script> Shrink(Script script)
    {
        for (int size = script.Steps.Length / 2; size > 0; size /= 2)
        {
            for (int from = 0; from + size <= script.Steps.Length; from += size)
            {
                yield return script with { Steps = [.. script.Steps[..from], .. script.Steps[(from + size)..]] };
            }
        }
    }
}
