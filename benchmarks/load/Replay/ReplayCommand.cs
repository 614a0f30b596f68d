namespace Load.Replay;

/// <summary>Replays the trace under every policy and holds the figures against the published ones.</summary>
internal static class ReplayCommand
{
    private const int Reproduced = 0;
    private const int NotReproduced = 1;
    private const int BadInput = 2;

    private const string Heading = """
        # Trace replay: what the scheduling policies do with an hour of production traffic

        Written by `dotnet run -c Release --project benchmarks/load/Replay -- <folder> --markdown <this file>`. The replay runs on virtual
        time: the figures depend on the code and the trace, not on the machine. Conventions: `benchmarks/load/Replay/README.md`.

        Data: Azure LLM inference trace 2023, Microsoft, CC-BY-4.0 (P. Patel et al., "Splitwise: Efficient generative LLM inference using
        phase splitting", ISCA 2024).

        """;

    /// <summary>Runs the command line.</summary>
    /// <param name="args">See <see cref="ReplayArguments.Usage"/>.</param>
    /// <param name="output">Receives the report.</param>
    /// <param name="progress">Receives progress and complaints.</param>
    /// <returns>0 when every published figure is met, 1 when one is not, 2 when there is nothing to replay or nowhere to write.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter progress)
    {
        if (!ReplayArguments.TryParse(args, out ReplayArguments? arguments))
        {
            progress.WriteLine(ReplayArguments.Usage);
            return BadInput;
        }

        try
        {
            return Replay(arguments, output, progress);
        }
        catch (TraceException e)
        {
            progress.WriteLine(e.Message);
            return BadInput;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            progress.WriteLine($"The report cannot be written: {e.Message}");
            return BadInput;
        }
    }

    private static int Replay(ReplayArguments arguments, TextWriter output, TextWriter progress)
    {
        var load = new ReplayLoad(AzureTrace.Read(arguments.Folder));
        var rows = new List<(ReplayPolicy, ReplayFigures)>();
        foreach (ReplayPolicy policy in ReplayPolicies.All)
        {
            progress.Write($"{rows.Count + 1}/{ReplayPolicies.All.Count} {policy.Name} ...");
            long start = TimeProvider.System.GetTimestamp();
            rows.Add((policy, PolicyReplay.Run(policy, load)));
            progress.WriteLine($" {TimeProvider.System.GetElapsedTime(start).TotalMilliseconds:0} ms");
        }

        var report = new ReplayReport(load, rows);
        progress.WriteLine();
        output.Write(report);
        if (arguments.MarkdownFile is { } file)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            File.WriteAllText(file, $"{Heading}\n{report}");
        }

        return report.Misses == 0 ? Reproduced : NotReproduced;
    }
}
