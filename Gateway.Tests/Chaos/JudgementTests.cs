using Chaos;
using Chaos.Calling;
using Chaos.Reports;
using Chaos.Scenarios;
using Chaos.Soak;
using Xunit;

namespace Gateway.Tests.Chaos;

/// <summary>Negative controls of the fault suite: what is wrong is found, what is well is left alone.</summary>
public sealed class JudgementTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-judged-");

    [Theory]
    [InlineData(0.0, 3, false)]
    [InlineData(0.01, 3, false)]
    [InlineData(1.0, 3, true)]
    [InlineData(0.2, 0.1, true)]
    [Trait("row", "L3")]
    public void Trend_Growth_IsSeenThroughNoise(double perMinute, double noise, bool grows)
    {
        var random = new Random(17);
        double[] readings = [.. Enumerable.Range(0, 15).Select(minute => 200 + (perMinute * minute) + (noise * random.NextDouble()))];

        Trend trend = Trend.Of(readings);

        Assert.Equal(grows, trend.Low * 60 > 1);
        Assert.InRange(trend.Slope, trend.Low, trend.High);
    }

    [Fact]
    [Trait("row", "L3")]
    public void Trend_OneOddReading_IsNoGrowth()
    {
        double[] readings = [.. Enumerable.Repeat(100.0, 14), 400];

        Assert.Equal(0, Trend.Of(readings).Slope);
    }

    [Theory]
    [InlineData(0.0, false)]
    [InlineData(0.5, true)]
    [Trait("row", "L3")]
    public void Trend_WithSeasons_SeesGrowthBehindTheirSwings(double perMinute, bool grows)
    {
        var random = new Random(5);
        double[] readings = [.. Enumerable.Range(0, 40).Select(minute => 200 + (30 * (minute % 10)) + (perMinute * minute) + random.NextDouble())];

        Assert.Equal(grows, Trend.Of(readings, season: 10).Low * 60 > 1);
    }

    [Theory]
    [InlineData("log/output.log", true)]
    [InlineData("config.json", false)]
    [Trait("row", "A4")]
    public void Leaks_SecretInAFile_IsFoundUnlessItIsConfigured(string name, bool isFound)
    {
        string file = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, $"2026-01-01 key={(global::Chaos.Processes.Canaries.Upstream)}\n");

        Assert.Equal(isFound, !Leaks.Search(_folder.FullName).Passed);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Findings_BrokenInTime_CountsWhereTheClockDoes(bool isTimed, bool passes)
    {
        var findings = new Findings();
        findings.InTime(false, "too slow");
        var verdict = new Verdict("H4", "", findings.Broken, findings.Late, isTimed, "", default);

        Assert.Equal(passes, verdict.Passed);
        Assert.Contains("too slow", verdict.Outcome, StringComparison.Ordinal);
    }

    [Fact]
    public void Findings_BrokenMust_CountsAlways()
    {
        var findings = new Findings();
        findings.Must(false, "wrong");

        Assert.False(new Verdict("H4", "", findings.Broken, findings.Late, IsTimed: false, "", default).Passed);
    }

    [Fact]
    public void Exposition_Sum_AddsTheSeriesOfOneName()
    {
        var metrics = new Exposition("# HELP a b\na{x=\"1\"} 2\na{x=\"2\"} 3\nab{x=\"1\"} 100\nb 7\n");

        Assert.Equal((5, 2, 7, 0), (metrics.Sum("a"), metrics.Sum("a", "x=\"1\""), metrics.Sum("b"), metrics.Sum("c")));
    }

    [Theory]
    [InlineData("", false, 0)]
    [InlineData("soak", true, 20)]
    [InlineData("soak 3", true, 3)]
    [InlineData("H4 L2", false, 0)]
    public void RunOptions_Words_AreUnderstood(string words, bool isSoak, int minutes)
    {
        RunOptions options = RunOptions.Parse(words.Split(' ', StringSplitOptions.RemoveEmptyEntries))!;

        Assert.Equal((isSoak, minutes), (options.IsSoak, options.Minutes));
    }

    [Theory]
    [InlineData("soak never")]
    [InlineData("soak 0")]
    [InlineData("everything")]
    [InlineData("Z9")]
    public void RunOptions_OtherWords_AreRefused(string words) => Assert.Null(RunOptions.Parse(words.Split(' ')));

    public void Dispose() => _folder.Delete(recursive: true);
}
