using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Gateway.Tests.Fuzzing;

/// <summary>Tries mutated inputs on a target until it has had enough of them, or one is found that violates something.</summary>
internal sealed class FuzzRun(FuzzTarget target, int seed)
{
    /// <summary>Tries to make a found input shorter.</summary>
    private const int Shrinks = 3000;

    private readonly Dictionary<string, long> _reached = [];
    private readonly List<byte[]> _pool = [.. target.Seeds];

    public long Inputs { get; private set; }

    public TimeSpan Took { get; private set; }

    /// <summary>The longest that one input took.</summary>
    public TimeSpan Slowest { get; private set; }

    public IReadOnlyDictionary<string, long> Reached => _reached;

    /// <param name="goesOn">Asked before each input, with the number tried so far and the time since the start.</param>
    public async Task RunAsync(Func<long, TimeSpan, bool> goesOn)
    {
        var mutator = new Mutator(new Random(seed), target.Words);
        long start = TimeProvider.System.GetTimestamp();
        for (long last = start; goesOn(Inputs, TimeProvider.System.GetElapsedTime(start));)
        {
            byte[] input = mutator.Next(_pool);
            await TryAsync(input);
            Inputs++;
            long now = TimeProvider.System.GetTimestamp();
            Took = TimeProvider.System.GetElapsedTime(start, now);
            Slowest = TimeProvider.System.GetElapsedTime(last, now) is var took && took > Slowest ? took : Slowest;
            last = now;
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{target.Name}: seed {seed}, {Inputs:N0} inputs in {Took.TotalSeconds:F1} s, {Inputs / Math.Max(Took.TotalSeconds, 1e-3):N0}/s, slowest {Slowest.TotalMilliseconds:F0} ms; ")
        + string.Join(", ", _reached.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key} {pair.Value}"));

    [SuppressMessage("Design", "CA1031", Justification = "Whatever it throws is what we look for.")]
    private async Task TryAsync(byte[] input)
    {
        string way;
        try
        {
            way = await target.TryAsync(input);
        }
        catch (Exception e)
        {
            (byte[] least, Exception cause) = await ShrinkAsync(input, e);
            throw new FuzzFailure(least, Describe(least, cause), cause);
        }

        long before = _reached.GetValueOrDefault(way);
        _reached[way] = before + 1;
        if (before is 1 or 16 or 256)
        {
            // A way not taken often yet: what led there is worth being mutated.
            _pool.Add(input);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever it throws is what we look for.")]
    private async Task<(byte[] Input, Exception Cause)> ShrinkAsync(byte[] input, Exception cause)
    {
        int tries = 0;
        for (int size = Math.Max(1, input.Length / 2); size > 0 && tries < Shrinks; size /= 2)
        {
            for (int at = 0; at + size <= input.Length && tries < Shrinks; tries++)
            {
                byte[] shorter = [.. input.AsSpan(0, at), .. input.AsSpan(at + size)];
                try
                {
                    await target.TryAsync(shorter);
                    at += size;
                }
                catch (Exception e) when (e.GetType() == cause.GetType())
                {
                    (input, cause) = (shorter, e);
                }
                catch (Exception)
                {
                    at += size;
                }
            }
        }

        return (input, cause);
    }

    private string Describe(byte[] input, Exception cause) =>
        $"{target.Name}, seed {seed}, input {Inputs}: {cause.GetType().Name}: {cause.Message}\nas text: {Encoding.Latin1.GetString(input)}\nin hex: {Convert.ToHexString(input)}";
}
