using Gateway.Recording;
using UpstreamSimulator;

namespace Gateway.Tests.Conservation;

/// <summary>The three books that are kept of the same calls.</summary>
/// <param name="Callers">What the callers saw.</param>
/// <param name="Records">What the gateway recorded.</param>
/// <param name="Upstreams">What each instance's upstream saw, by the instance's name.</param>
internal sealed record Books(IReadOnlyCollection<CallersView> Callers, IReadOnlyList<AccessRecord> Records, IReadOnlyDictionary<string, IReadOnlyList<CallRecord>> Upstreams);
