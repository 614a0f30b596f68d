using FsCheck;
using FsCheck.Fluent;
using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>Small files of anything that means something to the real parser, in any order.</summary>
[Trait("req", "M7")]
[Trait("row", "A6")]
public sealed class DotEnvFileTests : IDisposable
{
    private static readonly FsCheck.Config Many = FsCheck.Config.QuickThrowOnFailure.WithMaxTest(1_000).WithQuietOnSuccess(true);

    private static readonly string[] Parts =
        ["$", "$A", "${A}", "${", "{", "}", " ", "\"", "'", "\n", "\r\n", "#", "x", "é", "=", "A=", "\nexport K={\"a\":1}\n", "{\"k\":\"s$x\"}"];

    private static readonly Gen<string> Blank = Gen.Elements("", " ", " \t");

    private static readonly Gen<string> Start =
        from prefix in Gen.Elements("", " ", "export ", "set ", "SET\t", "set -x ")
        from name in Gen.Elements("A", "K", "API_KEY", "a.b-c", "é1")
        from before in Blank
        from behind in Blank
        select $"{prefix}{name}{before}={behind}";

    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>What is read is what would be read of a character that means nothing; else the file is refused.</summary>
    [Fact]
    public void Read_AnyText_LosesNoReferenceUnsaid()
    {
        Gen<string> line =
            from start in Start
            from inner in Some(Parts)
            from value in Gen.Elements(inner, inner, $"'{inner}'", $"\"{inner}\"", "{" + inner + "}", "{" + inner)
            from end in Gen.Elements("", " ", " # it's $5")
            select start + value + end;
        int taken = 0;

        Prop.ForAll(File(line).ToArbitrary(), text =>
        {
            (Dictionary<string, string> read, bool isRefused) = Read(text);
            if (!isRefused)
            {
                Assert.Equal(Read(text.Replace('$', '§')).Values, read.ToDictionary(static pair => pair.Key, static pair => pair.Value.Replace('$', '§')));
                taken += text.Contains('$', StringComparison.Ordinal) ? 1 : 0;
            }
        }).Check(Many);

        Assert.NotEqual(0, taken);
    }

    [Fact]
    public void Read_ValuesInSingleQuotesAndBareJson_AreTakenAsTheyStand()
    {
        Gen<(string Line, string Name, string Value)> line =
            from start in Start
            from quoted in Some([.. Parts.Where(static part => part != "'")])
            from json in Some([.. Parts.Where(static part => part.IndexOfAny(['\'', '\r', '\n']) < 0)])
            from isJson in Gen.Elements(true, false)
            from end in Gen.Elements("", " ", " # it's $5")
            let name = start.TrimEnd(' ', '\t', '=').Split([' ', '\t'])[^1]
            select isJson ? (start + "{" + json + "} ", name, "{" + json + "}") : ($"{start}'{quoted}'{end}", name, quoted);

        Prop.ForAll(Gen.NonEmptyListOf(line).ToArbitrary(), lines =>
        {
            (Dictionary<string, string> read, bool isRefused) = Read(string.Join('\n', lines.Select(static one => one.Line)));

            Assert.False(isRefused);
            Assert.Equal(lines.GroupBy(static one => one.Name).ToDictionary(static same => same.Key, static same => same.Last().Value), read);
        }).Check(Many);
    }

    private static Gen<string> Some(string[] parts) =>
        from count in Gen.Choose(0, 5)
        from some in Gen.ArrayOf(Gen.Elements(parts), count)
        select string.Concat(some);

    private static Gen<string> File(Gen<string> line) =>
        from count in Gen.Choose(1, 3)
        from lines in Gen.ArrayOf(line, count)
        from end in Gen.Elements("\n", "\r\n")
        select string.Join(end, lines);

    private (Dictionary<string, string> Values, bool IsRefused) Read(string text)
    {
        var errors = new List<ConfigurationError>();
        IReadOnlyDictionary<string, string> read = DotEnvFile.Read(_folder.Write(DotEnvFile.FileName, text), errors);
        return (new(read), errors.Count > 0);
    }
}
