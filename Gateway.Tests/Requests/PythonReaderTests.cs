using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gateway.Requests;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Requests;

/// <summary>
/// Differential: many model servers are written in Python, and what they read must be what the gateway routed and priced.
/// GATEWAY_JSON_INPUTS sets the number of damaged bodies.
/// </summary>
[Trait("row", "H6")]
public class PythonReaderTests(ITestOutputHelper output)
{
    /// <summary>A line of hexadecimal bytes in, a line of what they say out; <c>null</c> for what is no JSON object.</summary>
    private const string Program = """
        import json, sys
        def refuse(word): raise ValueError(word)
        def odd(value):
            if isinstance(value, str): return any(0xD800 <= ord(c) < 0xE000 for c in value)
            return isinstance(value, list) and any(map(odd, value))
        def members(pairs):
            # Also those that a later one of the same name replaces.
            global halves
            halves |= any(odd(k) or odd(v) for k, v in pairs)
            return dict(pairs)
        def number(value): return isinstance(value, (int, float)) and not isinstance(value, bool)
        for line in sys.stdin:
            halves = False
            try: o = json.loads(bytes.fromhex(line).decode('utf-8'), parse_constant=refuse, object_pairs_hook=members)
            except ValueError: o = None
            if not isinstance(o, dict):
                print('null')
                continue
            model, n, t, options = o.get('model'), o.get('n'), o.get('temperature'), o.get('stream_options')
            most = [o[k] for k in ('max_tokens', 'max_completion_tokens', 'max_output_tokens') if o.get(k) is not None]
            plain = len(most) == 1 and type(most[0]) is int and 0 <= most[0] < 2 ** 31
            print(json.dumps({
                'odd': halves, 'model': model if isinstance(model, str) and not odd(model) else None, 'stream': o.get('stream') is True,
                'n': 1 if n is None else n if type(n) is int and 0 <= n < 2 ** 31 else -1,
                'zero': number(t) and t == 0, 'seed': number(o.get('seed')), 'most': most[0] if plain else None,
                'usage': isinstance(options, dict) and options.get('include_usage') is True}))
        """;

    private static readonly int Inputs = int.Parse(Environment.GetEnvironmentVariable("GATEWAY_JSON_INPUTS") ?? "100000", CultureInfo.InvariantCulture);

    [Fact]
    [Trait("category", "json")]
    public async Task TryRead_DamagedBodies_SaysWhatPythonReads()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        byte[][] corpus = [.. ScanCases.Good.Concat(ScanCases.Bad.Select(static bad => bad.Body)).Where(static body => body.Length < 400).Select(Encoding.UTF8.GetBytes)];
        byte[][] bodies = [.. Enumerable.Range(0, Inputs).Select(_ => RequestScanFuzzTests.Damage(corpus[random.Next(corpus.Length)], random))];

        string[] read = await ReadByPythonAsync(bodies);

        Assert.Equal(bodies.Length, read.Length);
        int accepted = 0;
        foreach ((byte[] body, string said) in bodies.Zip(read))
        {
            RequestError? error = RequestScan.TryRead(new ReadOnlySequence<byte>(body), out RequestFacts facts);
            accepted += error is null ? 1 : 0;
            Assert.True(Agrees(error, facts, said), $"seed {seed}: {Convert.ToHexString(body)} is {said} to Python, here {error} {facts}");
        }

        output.WriteLine($"{accepted} of {Inputs} accepted");
        Assert.InRange(accepted, Inputs / 50, Inputs * 49 / 50);
    }

    [Theory]
    [InlineData("""{"model":"a","stream":true}""", """{"model":"b","stream":true}""", false)]
    [InlineData("""{"model":"a","stream":true}""", """{"stream":true,"model":"a"}""", true)]
    [InlineData("""{"n":2}""", """{"n":3}""", false)]
    [InlineData("""{"temperature":0.0}""", """{"temperature":0.1}""", false)]
    [InlineData("""{"max_tokens":5}""", """{"max_tokens":6}""", false)]
    [InlineData("{}", "[]", false)]
    public async Task Agrees_TwoBodies_OnlyWhenTheySayTheSame(string ours, string theirs, bool agrees)
    {
        // The negative control.
        string said = Assert.Single(await ReadByPythonAsync([Encoding.UTF8.GetBytes(theirs)]));

        RequestError? error = RequestScan.TryRead(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(ours)), out RequestFacts facts);

        Assert.Equal(agrees, Agrees(error, facts, said));
    }

    private static bool Agrees(RequestError? error, RequestFacts facts, string said)
    {
        if (error is not null)
        {
            // Refused for a key that decides: stricter than Python, and meant. Refused as no JSON: so must Python, but for half characters.
            return error.Param is not null || said == "null" || JsonDocument.Parse(said).RootElement.GetProperty("odd").GetBoolean();
        }

        if (said == "null")
        {
            return false;
        }

        JsonElement theirs = JsonDocument.Parse(said).RootElement;
        JsonElement most = theirs.GetProperty("most");
        return facts.Model == theirs.GetProperty("model").GetString()
            && facts.IsStream == theirs.GetProperty("stream").GetBoolean()
            && facts.Choices == theirs.GetProperty("n").GetInt64()
            && facts.IsTemperatureZero == theirs.GetProperty("zero").GetBoolean()
            && facts.HasSeed == theirs.GetProperty("seed").GetBoolean()
            && facts.IncludesUsage == theirs.GetProperty("usage").GetBoolean()
            && (most.ValueKind == JsonValueKind.Null || facts.MaxOutputTokens == most.GetInt64());
    }

    private static async Task<string[]> ReadByPythonAsync(byte[][] bodies)
    {
        RealServer.Require("python3");
        using Process python = Process.Start(new ProcessStartInfo("python3", ["-c", Program]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Task<string> read = python.StandardOutput.ReadToEndAsync(Rig.Cancel);
        foreach (byte[] body in bodies)
        {
            await python.StandardInput.WriteLineAsync(Convert.ToHexString(body));
        }

        python.StandardInput.Close();
        string[] lines = (await read.WaitAsync(TimeSpan.FromMinutes(5), Rig.Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await python.WaitForExitAsync(Rig.Cancel).Soon();
        return lines;
    }
}
