using Demo.Scripting;

namespace Demo.Observing;

/// <summary>Something worth a line.</summary>
/// <param name="At">When it happened.</param>
/// <param name="Tier">Whose colour the line has.</param>
/// <param name="Text">The line.</param>
internal sealed record ShowEvent(TimeSpan At, Tier Tier, string Text);
