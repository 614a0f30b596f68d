using System.Text;

namespace Gateway.Tests.Fuzzing;

/// <summary>One reader of other people's bytes, and what must hold whatever they are. A violation is an exception.</summary>
internal abstract class FuzzTarget : IAsyncDisposable
{
    /// <summary>Names it on the command line, in the report, and its folder of found inputs.</summary>
    public abstract string Name { get; }

    /// <summary>What mutation begins with.</summary>
    public abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Pieces that mean something to this reader.</summary>
    public virtual IReadOnlyList<string> Words => [];

    /// <summary>Ways through the reader that every run has to take: who only ever refuses has shown nothing.</summary>
    public abstract IReadOnlyList<string> Reaches { get; }

    /// <summary>Inputs of the short run.</summary>
    public virtual int ShortInputs => 3000;

    public virtual Task StartAsync() => Task.CompletedTask;

    /// <summary>Tries one input, and says which way it went. The same input goes the same way each time.</summary>
    public abstract ValueTask<string> TryAsync(byte[] input);

    public ValueTask DisposeAsync() => StopAsync();

    protected virtual ValueTask StopAsync() => ValueTask.CompletedTask;

    protected static byte[][] Texts(params IEnumerable<string> texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Dice that depend on the input alone, so that a found input needs no seed.</summary>
    protected static Random DiceOf(ReadOnlySpan<byte> input)
    {
        uint hash = 2166136261;
        foreach (byte part in input)
        {
            hash = (hash ^ part) * 16777619;
        }

        return new Random((int)(hash & int.MaxValue));
    }
}
