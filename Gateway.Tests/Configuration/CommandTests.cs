using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Configuration;

public class CommandTests
{
    [Fact]
    public void Parse_AllArguments_AreTaken()
    {
        var line = CommandLine.Parse(["--config", "a.json", "--environment=test", "--check"]);

        Assert.Equal(new CommandLine { Config = "a.json", Environment = "test", Mode = CommandLineMode.Check }, line);
    }

    [Fact]
    public void Parse_Health_TakesItsPort() =>
        Assert.Equal(new CommandLine { HealthPort = 8081, Mode = CommandLineMode.Health }, CommandLine.Parse(["--health", "8081"]));

    [Theory]
    [InlineData("--health")]
    [InlineData("--health", "0")]
    [InlineData("--health=65536")]
    [InlineData("--health=-1")]
    [InlineData("--confg")]
    [InlineData("run")]
    [InlineData("--config")]
    [InlineData("--config=")]
    [InlineData("--config", "--check")]
    [InlineData("--check=yes")]
    public void Run_BadArguments_PrintUsage(params string[] args)
    {
        (int? code, string output, string error) = Run("{}", args);

        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains("Usage: Gateway", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Help_PrintsUsage() => Assert.StartsWith("Usage: Gateway", Run("{}", "--help").Output, StringComparison.Ordinal);

    [Fact]
    public void Run_Version_PrintsANumber() => Assert.True(Version.TryParse(Run("{}", "--version").Output.Trim(), out _));

    [Fact]
    public void Run_Check_PrintsTheEffectiveConfiguration()
    {
        (int? code, string output, string error) = Run("""{ "openai_api_key": "sk-secret", "timeouts": { "total": "90m" } }""", "--check");

        Assert.Equal(0, code);
        Assert.Empty(error);
        JsonNode root = JsonNode.Parse(output)!;
        Assert.Equal("1h30m", root["timeouts"]!["total"]!.GetValue<string>());
        Assert.Equal("***", root["openai_api_key"]!.GetValue<string>());
        Assert.Equal("INFO", root["log_level"]!.GetValue<string>());
    }

    [Fact]
    public void Run_CheckOfABadFile_ListsTheErrors()
    {
        (int? code, string output, string error) = Run("""{ "debug": 7, "hots": 1 }""", "--check");

        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Contains("2 errors", error, StringComparison.Ordinal);
        Assert.Contains("Did you mean \"host\"", error, StringComparison.Ordinal);
    }

    /// <summary>The device stands for a full disk.</summary>
    [Theory]
    [InlineData("--check")]
    [InlineData("--version")]
    [InlineData("--help")]
    [InlineData("--schema")]
    public async Task Run_OutputCannotBeWritten_SaysSoAndFails(string argument)
    {
        using var folder = new ConfigurationFolder();
        folder.Write("config.json", "{}");
        ProcessStartInfo start = GatewayProgram.Start(folder.Root, argument);
        string[] program = [start.FileName, .. start.ArgumentList];
        start.FileName = "sh";
        start.ArgumentList.Clear();
        foreach (string part in (string[])["-c", "exec \"$0\" \"$@\" > /dev/full", .. program])
        {
            start.ArgumentList.Add(part);
        }

        using Process process = Process.Start(start)!;
        string error = await process.StandardError.ReadToEndAsync(Rig.Cancel).Soon();
        await process.WaitForExitAsync(Rig.Cancel).Soon();

        Assert.Equal(1, process.ExitCode);
        Assert.StartsWith("standard output: ", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_GoodFile_GoesOnToServe() => Assert.Null(Run("{}").Code);

    [Fact]
    public void ToJson_EveryKnownKey_IsPrinted()
    {
        GatewayOptions options = ConfigurationFolder.LoadJson("""{ "rate_limit": {}, "instances": [ { "name": "a" } ], "client_keys": [ { "name": "a", "key": "k" } ] }""").Options!;
        JsonElement root = JsonDocument.Parse(EffectiveConfiguration.ToJson(options)).RootElement;

        foreach ((string path, KeyRule _) in KnownKeys.Root.Walk().Where(key => key.Path != "$schema"))
        {
            JsonElement at = root;
            foreach (string part in path.Split('.'))
            {
                string name = part.Replace("[]", "", StringComparison.Ordinal);
                Assert.True(at.TryGetProperty(name, out JsonElement inner), path);
                at = part.EndsWith("[]", StringComparison.Ordinal) ? inner[0] : inner;
            }
        }
    }

    private static (int? Code, string Output, string Error) Run(string json, params string[] args)
    {
        using var folder = new ConfigurationFolder();
        folder.Write("config.json", json);
        var output = new StringWriter();
        var error = new StringWriter();
        var line = CommandLine.Parse(args);
        int? code = ConfigurationCommand.Run(line, folder.Loader(args), output, error, out _);
        return (code, output.ToString(), error.ToString());
    }
}
