using Demo.Scripting;

namespace Demo.Drawing;

/// <summary>Which colour a tier has.</summary>
internal static class Inks
{
    public static Ink Of(Tier tier) => tier switch
    {
        Tier.Urgent => Ink.Urgent,
        Tier.Normal => Ink.Normal,
        _ => Ink.Batch,
    };
}
