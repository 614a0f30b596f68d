using System.Net;
using Gateway.Configuration;

namespace Gateway.Tests.Support;

/// <summary>One way an upstream fails.</summary>
/// <param name="Passes">Another instance may be asked.</param>
/// <param name="Play">What it does on a connection, with the words it says; null when it cannot be reached.</param>
/// <param name="Status">What the caller sees when nobody else may be asked; null: a broken transfer.</param>
internal sealed record UpstreamFault(bool Passes, Func<Stream, string, Task<RawUpstream.Closing>>? Play = null, HttpStatusCode? Status = null)
{
    /// <summary>What the upstream is.</summary>
    public ProviderType Provider { get; init; } = ProviderType.OpenAi;

    /// <summary>How long it is left alone then; null where that is another test's.</summary>
    public (TimeSpan Least, TimeSpan Most)? Pause { get; init; }
}
