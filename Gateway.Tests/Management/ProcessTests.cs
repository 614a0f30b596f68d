using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Management;

/// <summary>The program as it is shipped, in a process of its own, ended as an orchestrator ends it.</summary>
[Trait("row", "L1")]
public sealed class ProcessTests : IAsyncLifetime
{
    private readonly ConfigurationFolder _folder = new();
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly List<string> _read = [];
    private readonly HttpClient _client = new(new SocketsHttpHandler()) { Timeout = StageFixture.Guard };
    private SimulatorHost _upstream = null!;
    private Process _process = null!;
    private Uri _address = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _upstream = await SimulatorApp.StartAsync(new SimulatorOptions { Port = 0 });
        int port = FreePorts.One();
        _address = new Uri($"http://127.0.0.1:{port}/");
        _folder.Write("config.json", $$"""
            { "endpoints": [{ "port": {{port}}, "priority": 1, "preemptive": true }], "openai_api_url": "{{_upstream.BaseAddress}}" }
            """);
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [typeof(GatewayApp).Assembly.Location])
        {
            WorkingDirectory = _folder.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // The tester's own settings are not the test's.
        foreach (string name in start.Environment.Keys.Where(static name => name is not ("PATH" or "HOME" or "TMPDIR") && !name.StartsWith("DOTNET", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => _lines.Writer.TryWrite(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _lines.Writer.TryWrite(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await ReadLineAsync("listens on");
    }

    [Fact]
    public async Task SigTerm_RunningStream_FinishesThenExits()
    {
        var held = new HeldStream(_upstream);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/health/ready"));
        using HttpResponseMessage running = await PostAsync();
        Stream stream = await running.Content.ReadAsStreamAsync(Cancel);
        await HeldStream.ReadUntilAsync(stream, "Hi", Cancel);

        await SignalAsync();
        await ReadLineAsync("Draining");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync("/health/ready"));
        using (HttpResponseMessage refused = await PostAsync())
        {
            Assert.Equal("draining", (await StageFixture.ErrorAsync(refused)).Code);
        }

        held.End();
        await HeldStream.ReadUntilAsync(stream, "[DONE]", Cancel);
        await ExitAsync();
        string drained = Assert.Single(_read, static line => line.Contains("\"message\":\"Drained\"", StringComparison.Ordinal));
        Assert.Equal("info", JsonDocument.Parse(drained).RootElement.GetProperty("level").GetString());
        Assert.Equal(4, _read.Count(static line => line.Contains("RequestFinished", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task SigTerm_Twice_EndsTheStreamAndExitsNow()
    {
        _ = new HeldStream(_upstream);
        using HttpResponseMessage running = await PostAsync();
        Stream stream = await running.Content.ReadAsStreamAsync(Cancel);
        await HeldStream.ReadUntilAsync(stream, "Hi", Cancel);

        await SignalAsync();
        await ReadLineAsync("Draining");
        await SignalAsync();

        await HeldStream.ReadUntilAsync(stream, "\"code\":\"draining\"", Cancel);
        await ExitAsync();
    }

    [Fact]
    [Trait("req", "A8")]
    public async Task PostDrain_ThenSigTerm_IsOneDrainThatFinishesTheStream()
    {
        var held = new HeldStream(_upstream);
        using HttpResponseMessage running = await PostAsync();
        Stream stream = await running.Content.ReadAsStreamAsync(Cancel);
        await HeldStream.ReadUntilAsync(stream, "Hi", Cancel);

        using (HttpResponseMessage accepted = await _client.PostAsync(new Uri(_address, "/admin/drain"), content: null, Cancel))
        {
            Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        }

        await ReadLineAsync("Draining");
        await SignalAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync("/health/ready"));
        held.End();
        await HeldStream.ReadUntilAsync(stream, "[DONE]", Cancel);
        await ExitAsync();
        Assert.Single(_read, static line => line.Contains("\"message\":\"Drained\"", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("req", "A8")]
    public async Task PostDrain_Idle_IsAnsweredThenTheProcessExits()
    {
        using HttpResponseMessage accepted = await _client.PostAsync(new Uri(_address, "/admin/drain"), content: null, Cancel);

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal(600, (await accepted.JsonAsync()).GetProperty("limit_seconds").GetInt32());
        await ExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
        _client.Dispose();
        _folder.Dispose();
        await _upstream.DisposeAsync();
    }

    private async Task SignalAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync(Cancel).WaitAsync(StageFixture.Guard, Cancel);
    }

    private async Task ExitAsync()
    {
        await _process.WaitForExitAsync(Cancel).WaitAsync(StageFixture.Guard, Cancel);
        Assert.Equal(0, _process.ExitCode);
        while (_lines.Reader.TryRead(out string? line))
        {
            _read.Add(line);
        }
    }

    private async Task ReadLineAsync(string text)
    {
        do
        {
            _read.Add(await _lines.Reader.ReadAsync(Cancel).AsTask().WaitAsync(StageFixture.Guard, Cancel));
        }
        while (!_read[^1].Contains(text, StringComparison.Ordinal));
    }

    private async Task<HttpStatusCode> StatusAsync(string path)
    {
        using HttpResponseMessage answer = await _client.GetAsync(new Uri(_address, path), Cancel);
        return answer.StatusCode;
    }

    private Task<HttpResponseMessage> PostAsync()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_address, StageFixture.Chat))
        {
            Content = new StringContent(StageFixture.ChatBody, System.Text.Encoding.UTF8, "application/json"),
        };
        return _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
    }
}
