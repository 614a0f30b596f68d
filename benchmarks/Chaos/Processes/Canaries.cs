namespace Chaos.Processes;

/// <summary>The secrets of a run: none of them may be found anywhere afterwards but in the configuration.</summary>
internal static class Canaries
{
    public const string Client = "sk-canary-of-the-client-0001";
    public const string Upstream = "sk-canary-of-the-upstream-0002";
    public const string Admin = "canary-of-the-admin-0003";
    public const string Redis = "canary-of-redis-0004";
    public const string Influx = "canary-of-influx-0005";
    public const string Prompt = "canary of the prompt 0006";

    public static readonly IReadOnlyList<string> All = [Client, Upstream, Admin, Redis, Influx, Prompt];
}
