using Load.Replay;
using Xunit;

namespace Gateway.Tests.Simulation;

public class ReplayCommandTests
{
    [Fact]
    public void Run_OtherTraceThanThePublishedOne_SaysThatTheFiguresDeviate()
    {
        using TraceFolder folder = TraceFolder.Overloaded();

        (int exitCode, string output, string progress) = Run(folder.Path);

        Assert.Equal(1, exitCode);
        Assert.Contains("figures are missed by more than 10 %", output, StringComparison.Ordinal);
        Assert.All(ReplayPolicies.All, policy =>
        {
            Assert.Contains(policy.Name, output, StringComparison.Ordinal);
            Assert.Contains(policy.Name, progress, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Run_Twice_WritesTheSameReport()
    {
        using TraceFolder folder = TraceFolder.Overloaded();

        Assert.Equal(Run(folder.Path).Output, Run(folder.Path).Output);
    }

    [Fact]
    public void Run_Markdown_WritesTheReportToTheFileToo()
    {
        using TraceFolder folder = TraceFolder.Overloaded();
        string file = Path.Combine(folder.Path, "results", "replay.md");

        (_, string output, _) = Run(folder.Path, "--markdown", file);

        Assert.EndsWith(output, File.ReadAllText(file), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_MissingFolder_ExplainsAndExitsWith2()
    {
        (int exitCode, string output, string progress) = Run("no-such-folder");

        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.Contains("no-such-folder: no such folder", progress, StringComparison.Ordinal);
        Assert.Contains(AzureTrace.CodeFile, progress, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_FolderWithoutTheFiles_NamesTheMissingFileAndExitsWith2()
    {
        using var folder = new TraceFolder();

        (int exitCode, _, string progress) = Run(folder.Path);

        Assert.Equal(2, exitCode);
        Assert.Contains(AzureTrace.CodeFile, progress, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("--markdown", "report.md")]
    [InlineData("folder", "--markdown")]
    [InlineData("folder", "another")]
    [InlineData("--help")]
    public void Run_ArgumentsThatMakeNoSense_PrintsTheUsageAndExitsWith2(params string[] args)
    {
        (int exitCode, _, string progress) = Run(args);

        Assert.Equal(2, exitCode);
        Assert.StartsWith("usage:", progress, StringComparison.Ordinal);
    }

    private static (int ExitCode, string Output, string Progress) Run(params string[] args)
    {
        var output = new StringWriter();
        var progress = new StringWriter();
        int exitCode = ReplayCommand.Run(args, output, progress);
        return (exitCode, output.ToString(), progress.ToString());
    }
}
