using System.Diagnostics;
using System.Globalization;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Deploy;

/// <summary>From the start of the process to its first answer. <c>make startup</c> judges the figure, of the published program.</summary>
[Trait("category", "startup")]
public class StartTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(2);

    [Fact]
    public async Task Program_FromItsStart_AnswersSoon()
    {
        int starts = int.Parse(Environment.GetEnvironmentVariable("GATEWAY_STARTS") ?? "1", CultureInfo.InvariantCulture);
        var taken = new List<TimeSpan>();
        for (int i = 0; i < starts; i++)
        {
            taken.Add(await StartAsync());
        }

        TimeSpan median = taken.Order().ElementAt(starts / 2);
        string told = string.Create(CultureInfo.InvariantCulture, $"first answer after {median.TotalMilliseconds:0} ms, median of {starts} starts ({taken.Min().TotalMilliseconds:0} to {taken.Max().TotalMilliseconds:0})");
        TestContext.Current.SendDiagnosticMessage(told);
        TestContext.Current.TestOutputHelper?.WriteLine(told);

        // One start among other tests says nothing about the program.
        Assert.True(starts == 1 || median < Limit, told);
    }

    private static async Task<TimeSpan> StartAsync()
    {
        int port = FreePorts.One();
        using var folder = new ConfigurationFolder();
        folder.Write("config.json", $$"""{ "endpoints": [{ "port": {{port}}, "priority": 1 }], "openai_api_url": "http://127.0.0.1:9", "log_level": "ERROR" }""");
        using HttpClient client = Rig.NewClient();
        var health = new Uri($"http://127.0.0.1:{port}/health");
        long began = TimeProvider.System.GetTimestamp();
        using Process process = Process.Start(GatewayProgram.Start(folder.Root))!;
        try
        {
            while (!await AnswersAsync(client, health))
            {
                Assert.False(process.HasExited);
                await Task.Delay(BetweenTries, TimeProvider.System, Rig.Cancel);
            }

            return TimeProvider.System.GetElapsedTime(began);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task<bool> AnswersAsync(HttpClient client, Uri health)
    {
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(health, Rig.Cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
