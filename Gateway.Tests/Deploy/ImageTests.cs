using System.Text.RegularExpressions;
using Gateway.Configuration;
using Gateway.Tests.Configuration;
using Gateway.Tests.Tidy;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>The image, as far as it can be judged without an engine that builds it.</summary>
[Trait("req", "A12")]
public partial class ImageTests
{
    [Fact]
    public void User_IsNotRoot()
    {
        Assert.Equal("1654:1654", Dockerfile.One("USER"));
        Assert.Contains("COPY --from=build --chown=1654:1654 /data /data", SourceTree.File("Dockerfile").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Instructions_NeedNoShell()
    {
        string program = Dockerfile.Words("ENTRYPOINT").Single();
        Assert.Equal("/app/Gateway", program);
        Assert.DoesNotContain(Dockerfile.Image, static line => line.Word is "RUN" or "SHELL");
        Assert.StartsWith("mcr.microsoft.com/dotnet/runtime-deps:", Dockerfile.All.Single(static line => line.Text.StartsWith("BASE=", StringComparison.Ordinal)).Text[5..], StringComparison.Ordinal);
        Assert.Equal([program, "--health"], Dockerfile.Words("HEALTHCHECK").Take(2));
    }

    [Fact]
    public void HealthCheck_AsksAPortThatIsExposedAndServedByDefault()
    {
        CommandLine line = CommandLine.Parse([.. Dockerfile.Words("HEALTHCHECK").Skip(1)]);

        Assert.Null(line.Error);
        Assert.Equal(CommandLineMode.Health, line.Mode);
        Assert.Contains(line.HealthPort, Dockerfile.Ports);
        Assert.Equal(line.HealthPort, ConfigurationFolder.LoadEnvironment().Options!.Endpoints[0].Port);
    }

    [Fact]
    public void Variables_AreThoseOfTheGatewayOrOfTheRuntime() => Assert.All(
        Dockerfile.Image.Where(static line => line.Word == "ENV").Select(static line => line.Text.Split('=')[0]),
        static name => Assert.True(name.StartsWith("DOTNET_", StringComparison.Ordinal) || EnvironmentVariables.Table.Any(row => row.Variable == name), name));

    [Fact]
    public void Sources_ThatAreCopied_ExistAndAreLetIn()
    {
        string[] letIn = [.. Ignored().Where(static line => line.StartsWith('!')).Select(static line => line[1..])];
        string[] copied =
        [
            .. Dockerfile.All.Where(static line => line.Word == "COPY" && !line.Text.StartsWith("--from", StringComparison.Ordinal))
                .SelectMany(static line => line.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).SkipLast(1)),
        ];

        Assert.NotEmpty(copied);
        Assert.All(copied, source =>
        {
            string folder = Path.Combine(SourceTree.Root, Path.GetDirectoryName(source)!);
            Assert.True(Directory.EnumerateFileSystemEntries(folder, Path.GetFileName(source)).Any(), source);
            Assert.Contains(source.Split('/')[0], letIn);
        });
        Assert.All(letIn, name => Assert.Contains(copied, source => source.Split('/')[0] == name));
    }

    [Fact]
    public void Secrets_AndState_DoNotGetNearTheImage()
    {
        string[] lines = [.. Ignored()];

        Assert.Equal("*", lines[0]);
        Assert.All((string[])["**/.env", "**/gateway.state*", "**/bin", "**/obj"], pattern => Assert.True(Array.IndexOf(lines, pattern) > Array.FindLastIndex(lines, static line => line[0] == '!'), pattern));
        Assert.DoesNotMatch(SecretName(), SourceTree.File("Dockerfile").Text);
    }

    private static IEnumerable<string> Ignored() =>
        SourceTree.File(".dockerignore").Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static line => !line.StartsWith('#'));

    [GeneratedRegex("API_KEY|TOKEN|PASSWORD")]
    private static partial Regex SecretName();
}
