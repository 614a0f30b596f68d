using System.Globalization;
using Gateway.Tests.Support;

namespace Gateway.Tests.Management.Dashboard;

/// <summary>People and agents, who think between their calls, and a batch, which does not, on a dozen slots.</summary>
internal static class MixedLoad
{
    private static readonly string[] PeoplesModels = ["gpt-4o", "gpt-4.1-mini", "o4-mini"];

    /// <summary>Runs until told to end; calls under way are left then.</summary>
    public static Task RunAsync(Rig rig, CancellationToken end) => Task.WhenAll(
        [.. Callers(rig, 3, Rig.Urgent, 2500, end), .. Callers(rig, 3, Rig.Normal, 2000, end), .. Callers(rig, 18, Rig.Batch, 0, end), RepeatAsync(rig, end)]);

    private static IEnumerable<Task> Callers(Rig rig, int count, int tier, int pause, CancellationToken end) =>
        Enumerable.Range(0, count).Select(number => CallAsync(rig, tier, pause, new Random((tier * 100) + number), end));

    private static async Task CallAsync(Rig rig, int tier, int pause, Random random, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            string model = tier switch { Rig.Urgent => PeoplesModels[random.Next(3)], Rig.Normal => "gpt-4.1", _ => "llama-3.3-70b" };
            string stream = random.Next(10) < 6 ? "true" : "false";
            string body = $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Chapter {{random.Next()}}, please"}],"stream":{{stream}}}""";
            string status = random.Next(16) == 0 ? $"x-sim-status: {(random.Next(2) == 0 ? 429 : 500)}" : "x-other: none";
            await SendAsync(rig, tier, body, end, $"x-sim-ttft-ms: {300 + random.Next(tier == Rig.Batch ? 1800 : 800)}", $"x-sim-tokens: {30 + random.Next(110)}", "x-sim-tps: 60", status);
            if (pause > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(pause / 2, pause * 3 / 2)), TimeProvider.System, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>What the cache answers.</summary>
    private static async Task RepeatAsync(Rig rig, CancellationToken end)
    {
        for (int i = 0; !end.IsCancellationRequested; i++)
        {
            string body = string.Create(CultureInfo.InvariantCulture, $$"""{"model":"gpt-4o","messages":[{"role":"user","content":"Menu {{i % 4}}"}],"temperature":0,"seed":1}""");
            await SendAsync(rig, Rig.Urgent, body, end, "x-sim-ttft-ms: 100", "x-sim-tokens: 12");
            await Task.Delay(TimeSpan.FromMilliseconds(1500), TimeProvider.System, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task SendAsync(Rig rig, int tier, string body, CancellationToken end, params string[] headers)
    {
        try
        {
            using HttpResponseMessage answer = await rig.SendAsync(rig.Request(tier, HttpMethod.Post, "/v1/chat/completions", Rig.Json(body), headers), end);
            await answer.Content.ReadAsByteArrayAsync(end);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The pictures are taken.
        }
    }
}
