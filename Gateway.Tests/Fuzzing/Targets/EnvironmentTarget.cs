using System.Text;
using Gateway.Configuration;
using Gateway.Tests.Configuration;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>Environment variables, one in a line, as <c>.env</c> and as the process's own: never an exception, always an error that names a key; no secret in it.</summary>
internal sealed class EnvironmentTarget : FuzzTarget
{
    private readonly ConfigurationFolder _folder = new();

    public override string Name => "environment";

    public override int ShortInputs => 400;

    public override IReadOnlyList<byte[]> Seeds { get; } = Texts(
    [
        "OPENAI_API_KEY=sk-x\nOPENAI_API_URL=https://api.openai.com/v1\nPORT=8080\nHOST=127.0.0.1", "API_KEY_MAPPING={\"sk-a\":\"sk-up\",\"sk-b\":\"sk-c\"}\nCLIENT_API_KEYS=sk-a, sk-b",
        "RATE_LIMIT=60\nRATE_LIMIT__REQUESTS_PER_MINUTE=10\nRATE_LIMIT__TOKENS_PER_MINUTE=1000", "CACHE__REDIS_URL=redis://h:6379/0\nREDIS_PASSWORD=p@ss\nCACHE_TTL=5m\nMAX_CACHE_SIZE=100",
        "TIMEOUT=300\nREQUEST_TIMEOUT=30s\nMAX_RETRIES=5\nBASE_RETRY_DELAY=1.0\nRATE_LIMIT_WAIT=30\nPROXY_PATH_PREFIX=/api/v1\nPROXY_URL=http://p:3128", "LOG_LEVEL=DEBUG\nDEBUG=true\nENVIRONMENT=test\nADMIN_TOKEN=t-0123456789abcd",
        "export A='x y' # comment\nB=\"a\\nb\"\nOPENAI_API_KEY=$A",
    ]);

    public override IReadOnlyList<string> Words { get; } =
    [
        "\n", "=", "'", "\"", "#", "\\", "$", "${A}", "export ", " ", ",", "{", "}", "[", "]", ":", "null", "{\"sk-a\":", "\"\\ud800\"", "{\"\\ud800\":\"x\"}", "API_KEY_MAPPING=", "CLIENT_API_KEYS=", "PORT=", "REDIS_URL=", "ENVIRONMENT=",
        "../", "http://", "\0", "é", "5m", "true",
    ];

    public override IReadOnlyList<string> Reaches => ["refused", "good"];

    public override ValueTask<string> TryAsync(byte[] input)
    {
        File.WriteAllBytes(Path.Combine(_folder.Root, ".env"), input);
        LoadResult asFile = _folder.Load();
        ConfigurationTarget.AssertErrors(asFile);
        File.Delete(Path.Combine(_folder.Root, ".env"));

        foreach (string line in Encoding.UTF8.GetString(input).Split('\n'))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                _folder.Environment[line[..equals]] = line[(equals + 1)..].Replace("\0", "", StringComparison.Ordinal);
            }
        }

        LoadResult result = _folder.Load();
        ConfigurationTarget.AssertErrors(result);
        string? mapping = _folder.Environment.GetValueOrDefault("API_KEY_MAPPING");
        Assert.True(mapping is not { Length: > 12 } || !result.Errors.Any(error => error.ToString().Contains(mapping, StringComparison.Ordinal)), "an error shows keys");
        _folder.Environment.Clear();
        if (result.IsValid)
        {
            _ = EffectiveConfiguration.ToJson(result.Options);
        }

        return new(result.IsValid ? "good" : "refused");
    }

    protected override ValueTask StopAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
