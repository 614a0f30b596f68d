using Xunit;

namespace Gateway.Tests.Tidy;

/// <summary>Negative controls: every rule finds what it is there for, and lets its neighbour pass.</summary>
public class TidyControlTests
{
    [Theory]
    [InlineData("Gateway/Listeners/A.cs", "using Gateway.Forwarding;", true)]
    [InlineData("Gateway/Recording/Logs/A.cs", "class A { Gateway.Errors.ApiError? e; }", true)]
    [InlineData("Gateway/Surprise/A.cs", "class A;", true)]
    [InlineData("Gateway/Errors/A.cs", "using Gateway.Management;", true)]
    [InlineData("Gateway/Listeners/A.cs", "using Gateway.Requests; using Gateway.Configuration; using Gateway.Scheduling;", false)]
    [InlineData("Gateway/Management/A.cs", "using Gateway.Forwarding;", false)]
    [InlineData("Gateway/Listeners/A.cs", "// using Gateway.Forwarding;", false)]
    [InlineData("Gateway/GatewayApp.cs", "using Gateway.Forwarding;", false)]
    public void LaterStages_Using_FindsArrowsThatPointForward(string path, string text, bool isWrong) =>
        Finds(TidyRules.LaterStages, path, text, isWrong);

    [Theory]
    [InlineData(300, false)]
    [InlineData(301, true)]
    public void LongFile_Lines_CountsThemAll(int lines, bool isWrong) =>
        Finds(TidyRules.LongFile, "A.cs", string.Concat(Enumerable.Repeat("//\n", lines)), isWrong);

    [Theory]
    [InlineData("void M()\n{", "}", 68, false)]
    [InlineData("void M()\n{", "}", 69, true)]
    [InlineData("public static T M<T>(int a = 1)\n    where T : class\n{", "}", 70, true)]
    [InlineData("int P\n{ get { return 1;", "} }", 70, true)]
    [InlineData("object M() => new {", "};", 70, true)]
    [InlineData("A(int x) : base(x)\n{", "}", 70, true)]
    [InlineData("public static bool operator ==(A x, A y)\n{", "}", 70, true)]
    [InlineData("private static readonly int[] Table = new() {", "};", 70, false)]
    [InlineData("/* void M() { */ int x = 1;", "", 70, false)]
    public void LongMethods_Lines_CountsMethodsOnly(string start, string end, int lines, bool isWrong) =>
        Finds(
            TidyRules.LongMethods, "A.cs", $"namespace N;\ninternal sealed class A : B\n{{\n{start}\n{string.Concat(Enumerable.Repeat("// }\n", lines - 1))}{end}\n}}\n", isWrong);

    [Theory]
    [InlineData("namespace N;\nclass A { class B; }", false)]
    [InlineData("namespace N { record A(int X); }", false)]
    [InlineData("namespace N;\nclass A { void M(string record) { var x = \"class B {\"; } }", false)]
    [InlineData("namespace N;\nclass A { string S => $\"{X(\"}\")} class B\"; char c = '{'; }", false)]
    [InlineData("System.Console.WriteLine();", false)]
    [InlineData("namespace N;\nclass A;\nclass B;", true)]
    [InlineData("namespace N;\nclass A { }\nenum E { X }", true)]
    [InlineData("namespace N;\nsealed partial class B { }", true)]
    [InlineData("namespace N;\nclass A { }\nrecord struct R(int X);", true)]
    public void MisnamedTypes_TopLevel_FindsASecondTypeOrAnotherName(string text, bool isWrong) =>
        Finds(TidyRules.MisnamedTypes, "A.Part.cs", text, isWrong);

    [Theory]
    [InlineData("class LaneManager;", true)]
    [InlineData("class A { struct PathHelper { } }", true)]
    [InlineData("class ManagerOfNothing { void Service() { } }", false)]
    public void ForbiddenTypeNames_Ending_FindsEmptyWords(string text, bool isWrong) =>
        Finds(TidyRules.ForbiddenTypeNames, "A.cs", text, isWrong);

    [Theory]
    [InlineData("Gateway/Utils/A.cs", true)]
    [InlineData("Gateway/Requests/core/A.cs", true)]
    [InlineData("Gateway/Requests/Core.cs", false)]
    public void ForbiddenFolderNames_Folder_FindsDrawersForEverything(string path, bool isWrong) =>
        Finds(TidyRules.ForbiddenFolderNames, path, "", isWrong);

    [Theory]
    [InlineData("see /wo" + "rk/shared", true)]
    [InlineData("// TO" + "DO later", true)]
    [InlineData("a network, todos and libraries", false)]
    public void ForbiddenWordsIn_Text_FindsThem(string text, bool isWrong) => Finds(TidyRules.ForbiddenWordsIn, "README.md", text, isWrong);

    [Theory]
    [InlineData("a.csproj", "<PackageReference Include=\"X\" Version=\"1.0\" />", true)]
    [InlineData("a.csproj", "<PackageReference Include=\"X\" VersionOverride=\"1.0\" />", true)]
    [InlineData("Directory.Build.props", "<PackageVersion Include=\"X\" Version=\"1.0\" />", true)]
    [InlineData("Directory.Packages.props", "<PackageVersion Include=\"X\" Version=\"1.0\" />", false)]
    [InlineData("a.csproj", "<PackageReference Include=\"X\" /><Version>1</Version>", false)]
    public void OwnPackageVersions_Attribute_IsFound(string path, string text, bool isWrong) =>
        Finds(TidyRules.OwnPackageVersions, path, text, isWrong);

    [Fact]
    public void UnbannedSymbols_Pragma_IsFound()
    {
        Finds(TidyRules.UnbannedSymbols, "A.cs", "#pragma warning disable RS" + "0030", isWrong: true);
        Finds(TidyRules.UnbannedSymbols, "A.cs", "#pragma warning disable CS0001", isWrong: false);
    }

    [Theory]
    [InlineData("[Fact(Skip = \"later\")]", true)]
    [InlineData("Assert.SkipWhen(true, \"\");", true)]
    [InlineData("reader.Skip(); // Skip = nothing", false)]
    public void SkippedTests_Attribute_IsFound(string text, bool isWrong) => Finds(TidyRules.SkippedTests, "A.cs", text, isWrong);

    private static void Finds(Func<SourceFile, IEnumerable<string>> rule, string path, string text, bool isWrong) =>
        Assert.Equal(isWrong, rule(new SourceFile(path, text)).Any());
}
