using System.Net;
using Load.Driver.Processes;

namespace Load.Driver.Targets;

/// <summary>Waits for a started process to answer.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static async Task WaitAsync(ChildProcess process, IPEndPoint endpoint, string path, CancellationToken stop)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        long start = TimeProvider.System.GetTimestamp();
        string last = "no answer";
        while (TimeProvider.System.GetElapsedTime(start) < Limit)
        {
            process.EnsureAlive();
            try
            {
                using HttpResponseMessage answer = await client.GetAsync(new Uri($"http://{endpoint}{path}"), stop);
                if (answer.IsSuccessStatusCode)
                    return;
                last = $"status {(int)answer.StatusCode}";
            }
            catch (HttpRequestException error)
            {
                last = error.Message;
            }

            await Task.Delay(Pause, TimeProvider.System, stop);
        }

        throw new InvalidOperationException($"http://{endpoint}{path} is not ready after {Limit.TotalSeconds:0} s: {last}\n{process.Tail()}");
    }
}
