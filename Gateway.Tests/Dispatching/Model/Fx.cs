using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>One effect, without the estimate of how long to wait (that has tests of its own).</summary>
internal readonly record struct Fx(
    EffectKind Kind, int Item, int Attempt = 0, int Instance = -1, bool Preemptible = false,
    CancellationReason Cancellation = default, EndReason End = default, bool IsProbe = false);
