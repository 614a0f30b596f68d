namespace Gateway.Tests.Dispatching.Model;

/// <summary>A tiny random stream: the same seed gives the same draws on every machine and version.</summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = (seed * 0x9E3779B97F4A7C15) | 1;

    public int Next(int below)
    {
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return (int)((_state >> 33) % (uint)below);
    }

    public bool Chance(int percent) => Next(100) < percent;

    public T Pick<T>(params ReadOnlySpan<T> values) => values[Next(values.Length)];
}
