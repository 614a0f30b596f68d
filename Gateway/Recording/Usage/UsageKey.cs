namespace Gateway.Recording.Usage;

/// <summary>Whose usage it is: everybody's, a tier's or an instance's. All of them come from the configuration, never from callers.</summary>
/// <param name="Scope">Which of the three.</param>
/// <param name="Priority">Of the tier; else 0.</param>
/// <param name="Instance">Name of the instance; else empty.</param>
internal readonly record struct UsageKey(UsageScope Scope, int Priority, string Instance)
{
    public static readonly UsageKey Whole = new(UsageScope.Whole, 0, "");

    public static UsageKey OfTier(int priority) => new(UsageScope.Tier, priority, "");

    public static UsageKey OfInstance(string name) => new(UsageScope.Instance, 0, name);
}
