namespace Chaos.Processes;

/// <summary>What is started: the gateway and the simulator as they were built.</summary>
internal sealed record Programs(string Gateway, string Simulator)
{
    public static Programs Built(string repository) => new(
        Path.Combine(repository, "Gateway/bin/Release/net10.0/Gateway.dll"),
        Path.Combine(repository, "benchmarks/UpstreamSimulator/bin/Release/net10.0/UpstreamSimulator.dll"));

    /// <summary>Is a program of the system there?</summary>
    public static bool Has(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, name)));
}
