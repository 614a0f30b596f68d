namespace Demo.Scripting;

/// <summary>What is sent and when. Written for two slots; everything that follows from it is up to the gateway.</summary>
internal static class Screenplay
{
    public const int Slots = 2;

    /// <summary>Most urgent tier first, then in order of arrival: the order of the rows.</summary>
    public static IReadOnlyList<ScriptedRequest> Requests { get; } =
    [
        // Meets a stream that has begun (never cut) and a normal call: that one makes way.
        Plain("urgent-1", Tier.Urgent, at: 3.2, tokens: 12),

        // Meets a normal and a batch call: the lower one makes way.
        Stream("urgent-2", Tier.Urgent, at: 6.0, firstToken: 0.4, tokens: 16),

        // Meets two batch calls, one of them a stream that has begun.
        Plain("normal-1", Tier.Normal, at: 2.0, tokens: 30),

        // Meets an urgent call and one of its own tier: has to wait, but before all batch work.
        Plain("normal-2", Tier.Normal, at: 6.6, tokens: 12),

        Stream("batch-1", Tier.Batch, at: 0.1, firstToken: 0.8, tokens: 40),
        Plain("batch-2", Tier.Batch, at: 0.3, tokens: 30),
        Plain("batch-3", Tier.Batch, at: 0.6, tokens: 20),
        Plain("batch-4", Tier.Batch, at: 1.0, tokens: 15),
    ];

    private static ScriptedRequest Plain(string name, Tier tier, double at, int tokens) =>
        new(name, tier, IsStream: false, TimeSpan.FromSeconds(at), TimeSpan.Zero, tokens);

    private static ScriptedRequest Stream(string name, Tier tier, double at, double firstToken, int tokens) =>
        new(name, tier, IsStream: true, TimeSpan.FromSeconds(at), TimeSpan.FromSeconds(firstToken), tokens);
}
