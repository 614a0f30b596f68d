using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Tests.Support;
using Gateway.Tests.Tidy;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Documentation;

/// <summary>One recipe of docs/recipes: its configuration in a gateway of its own, and its script as a user runs it.</summary>
internal sealed partial class Recipe : IAsyncDisposable
{
    /// <summary>Far above what a script takes, and above what it waits for itself.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly GatewayProcess _gateway;
    private readonly IReadOnlyDictionary<int, int> _ports;

    private Recipe(GatewayProcess gateway, IReadOnlyDictionary<int, int> ports) => (_gateway, _ports) = (gateway, ports);

    public static string Folder { get; } = Path.Combine(SourceTree.Root, "docs", "recipes");

    public static string Text(string file) => File.ReadAllText(Path.Combine(Folder, file));

    /// <summary>Where the port that the recipe calls by this number really is.</summary>
    public string At(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_ports[port]}");

    /// <param name="files">Name in the working directory and text; the ports in <c>"port": n</c> and <c>PORT=n</c> are replaced by free ones.</param>
    public static async Task<Recipe> StartAsync(
        IReadOnlyDictionary<string, string> files, IReadOnlyDictionary<string, string> variables, params IReadOnlyList<string> arguments)
    {
        // What stands in no file is the default, which may be anybody's here.
        int[] named = [.. files.Values.SelectMany(static text => Port().Matches(text)).Select(static match => int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture)).DefaultIfEmpty(8080)];
        var ports = named.Zip(FreePorts.Take(named.Length)).ToDictionary(static pair => pair.First, static pair => pair.Second);
        string Replaced(string text) => Port().Replace(text, match => string.Create(
            CultureInfo.InvariantCulture, $"{match.Groups["key"].Value}{ports[int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture)]}"));
        var all = new Dictionary<string, string>(variables) { ["PORT"] = ports[named[0]].ToString(CultureInfo.InvariantCulture) };
        GatewayProcess gateway = await GatewayProcess.StartAsync(
            new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports[named[0]]}")),
            files.ToDictionary(static file => file.Key, file => Replaced(file.Value)), all, arguments);
        return new Recipe(gateway, ports);
    }

    /// <summary>An upstream at which each long story hangs when it is asked for the first time, and is told at once the second time.</summary>
    public static async Task<SimulatorHost> StartUpstreamAsync()
    {
        SimulatorHost upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        var asked = new ConcurrentDictionary<string, bool>();
        upstream.Respond(async context =>
        {
            // Only JSON bodies are buffered.
            using var reader = new StreamReader(context.Request.Body, leaveOpen: true);
            string body = context.Request.Body.CanSeek ? await reader.ReadToEndAsync(context.RequestAborted) : "";
            if (body.Contains("long story", StringComparison.Ordinal) && asked.TryAdd(body, true))
            {
                await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
            }

            return false;
        });
        return upstream;
    }

    /// <summary>Runs the script; every check it makes must hold.</summary>
    public static Task RunAsync(string script, params (string Name, string Value)[] variables) => RunAsync(script, [Path.Combine(Folder, script)], variables);

    /// <summary>As above, with the script itself.</summary>
    public static Task RunTextAsync(string script) => RunAsync("the script", ["-c", script], []);

    public ValueTask DisposeAsync() => _gateway.DisposeAsync();

    private static async Task RunAsync(string script, string[] arguments, (string Name, string Value)[] variables)
    {
        RealServer.Require("curl");
        var start = new ProcessStartInfo("bash", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        string said = await output + await error;
        Assert.True(process.ExitCode == 0, $"{script} ended with {process.ExitCode}:\n{said}");
        Assert.Contains("ok ", said, StringComparison.Ordinal);
    }

    [GeneratedRegex("""(?<key>"port": |^PORT=)(?<port>[0-9]+)""", RegexOptions.Multiline)]
    private static partial Regex Port();
}
