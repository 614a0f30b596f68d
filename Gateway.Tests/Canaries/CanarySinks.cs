using Xunit;

namespace Gateway.Tests.Canaries;

/// <summary>Everything that a gateway let out, and what of it may hold which secret.</summary>
internal sealed class CanarySinks
{
    private readonly Lock _lock = new();
    private readonly List<(string Sink, string Text, string[] Allowed)> _texts = [];

    /// <param name="sink">Where it came out.</param>
    /// <param name="text">What.</param>
    /// <param name="allowed">Places whose secret belongs there.</param>
    public void Add(string sink, string text, params string[] allowed)
    {
        lock (_lock)
        {
            _texts.Add((sink, text, allowed));
        }
    }

    public IReadOnlyList<string> Leaks()
    {
        lock (_lock)
        {
            return [.. _texts.SelectMany(static one => Canary.In(one.Text).Except(one.Allowed).Select(place => $"{one.Sink}: {place}: {one.Text}"))];
        }
    }

    public void AssertClean()
    {
        Assert.NotEmpty(_texts);
        string leaks = string.Join('\n', Leaks());
        Assert.True(leaks.Length == 0, leaks);
    }
}
