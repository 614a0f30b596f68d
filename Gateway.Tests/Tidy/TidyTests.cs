using System.Xml.Linq;
using Gateway.Scheduling;
using Xunit;

namespace Gateway.Tests.Tidy;

/// <summary>The rules of the house, held by the tree itself. <see cref="TidyControlTests"/> shows that each would notice.</summary>
public class TidyTests
{
    [Fact]
    public void SchedulingAssembly_References_HoldNoHttp()
    {
        string[] references = [.. typeof(Scheduler).Assembly.GetReferencedAssemblies().Select(static name => name.Name!)];

        Assert.DoesNotContain(references, IsHttp);
        Assert.Contains(typeof(GatewayApp).Assembly.GetReferencedAssemblies(), static name => IsHttp(name.Name!));
    }

    [Fact]
    public void Stages_Usings_NameNoLaterStage() => Clean(SourceTree.CSharp, TidyRules.LaterStages);

    [Fact]
    public void Files_Length_StaysBelowTheLimit() => Clean(SourceTree.CSharp, TidyRules.LongFile);

    [Fact]
    public void Methods_Length_StaysBelowTheLimit() => Clean(SourceTree.CSharp, TidyRules.LongMethods);

    [Fact]
    public void Files_Types_OneEachWithTheFilesName() => Clean(SourceTree.CSharp, TidyRules.MisnamedTypes);

    [Fact]
    public void Types_Names_SayWhatTheyAre() => Clean(SourceTree.CSharp, TidyRules.ForbiddenTypeNames);

    [Fact]
    public void Folders_Names_AreStages() => Clean(SourceTree.All, TidyRules.ForbiddenFolderNames);

    [Fact]
    public void Tree_Words_BelongToTheProject() => Clean(SourceTree.All, TidyRules.ForbiddenWordsIn);

    [Fact]
    public void Packages_Versions_StandInOnePlace() => Clean(SourceTree.All, TidyRules.OwnPackageVersions);

    [Fact]
    public void Tests_Skips_AreNone() => Clean(SourceTree.CSharp, TidyRules.SkippedTests);

    [Fact]
    public void BannedSymbols_Sleeps_AreBannedEverywhere()
    {
        string banned = SourceTree.File("BannedSymbols.txt").Text;
        string build = SourceTree.File("Directory.Build.props").Text;

        Assert.All(
            ["M:System.Threading.Thread.Sleep(System.Int32)", "M:System.Threading.Thread.Sleep(System.TimeSpan)",
             "M:System.Threading.Tasks.Task.Delay(System.Int32)", "M:System.Threading.Tasks.Task.Delay(System.TimeSpan,System.Threading.CancellationToken)",
             "P:System.DateTime.Now", "P:System.DateTimeOffset.UtcNow", "T:System.Diagnostics.Stopwatch", "T:System.Threading.Timer"],
            symbol => Assert.Contains(symbol, banned, StringComparison.Ordinal));
        Assert.Contains("<PackageReference Include=\"Microsoft.CodeAnalysis.BannedApiAnalyzers\"", build, StringComparison.Ordinal);
        Assert.Contains("BannedSymbols.txt\" />", build, StringComparison.Ordinal);
        Assert.Contains("<TreatWarningsAsErrors>true</TreatWarningsAsErrors>", build, StringComparison.Ordinal);
        Clean(SourceTree.All, TidyRules.UnbannedSymbols);
    }

    [Fact]
    public void Scheduling_PublicMembers_AreDocumented()
    {
        string project = SourceTree.File("Gateway.Scheduling/Gateway.Scheduling.csproj").Text;
        var documented = XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Gateway.Scheduling.xml"))
            .Descendants("member").Select(static member => member.Attribute("name")!.Value).ToHashSet();

        Assert.Contains("<WarningsAsErrors>$(WarningsAsErrors);CS1591</WarningsAsErrors>", project, StringComparison.Ordinal);
        Assert.Contains("<NoWarn>$(NoWarn.Replace('CS1591', ''))</NoWarn>", project, StringComparison.Ordinal);
        Assert.DoesNotContain(SourceTree.CSharp, static file =>
            file.Path.StartsWith("Gateway.Scheduling/", StringComparison.Ordinal) && file.Text.Contains("CS1591", StringComparison.Ordinal));
        Assert.All(typeof(Scheduler).Assembly.GetExportedTypes(), type => Assert.Contains($"T:{type.FullName}", documented));
    }

    private static void Clean(IEnumerable<SourceFile> files, Func<SourceFile, IEnumerable<string>> rule)
    {
        Assert.NotEmpty(files);
        string wrong = string.Join('\n', files.SelectMany(rule));
        Assert.True(wrong.Length == 0, wrong);
    }

    private static bool IsHttp(string assembly) => assembly == "System.Net.Http" || assembly.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal);
}
