using System.Globalization;
using System.Net.Http.Headers;
using Chaos.Calling;
using Chaos.Processes;
using Load.Driver.Processes;

namespace Chaos.Scenarios;

/// <summary>A disk of two megabytes below uploads, statistics, points and log.</summary>
internal sealed class FullDisk : IScenario
{
    public string Rows => "L4";

    public string Fault => "full disk (tmpfs of 2 MB) below TMPDIR, state_file and points, and a log that goes to /dev/full";

    public async Task PlayAsync(World world, Findings findings, CancellationToken stop)
    {
        // A mount takes rights that not every tester has: a folder that can be no folder fails in the same places.
        string disk = world.IsFull ? Directory.CreateDirectory(Path.Combine(world.Folder, "disk")).FullName : "/dev/null/none";
        Server upstream = await world.StartSimulatorAsync(stop);

        // The mount is seen by the gateway alone, and ends with it.
        string[] mounted = !world.IsFull ? ["sh", "-c", "exec \"$@\" >/dev/full", "sh"] :
        [
            "unshare", "--mount", "--map-root-user", "sh", "-c",
            $"mount -t tmpfs -o size=2m none '{disk}' && exec \"$@\" >/dev/full", "sh",
        ];
        GatewayServer gateway = await world.StartGatewayAsync(
            upstream, stop, configuration => (configuration["state_file"], configuration["influxdb_url"]) = (Path.Combine(disk, "gateway.state"), "http://127.0.0.1:9"), mounted, new Dictionary<string, string> { ["TMPDIR"] = disk });
        using var caller = new Caller(gateway);
        Tally before = await Crowd.ClosedAsync(4, world.Seconds(2, 0.5), (number, cancel) => caller.ChatAsync(new ChatCall($"a-{number}"), cancel), stop);

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var uploads = new List<int>();
        for (int i = 0; i < 5; i++)
            uploads.Add(await UploadAsync(client, gateway, 6_000_000, stop));
        int small = await UploadAsync(client, gateway, 100_000, stop);
        Tally after = await Crowd.ClosedAsync(4, world.Seconds(2, 0.5), (number, cancel) => caller.ChatAsync(new ChatCall($"b-{number}"), cancel), stop);
        await Ending.HoldsAsync(gateway, findings, stop);

        gateway.Server.Signal(LibC.Terminate);
        int code = await gateway.Server.ExitAsync(TimeSpan.FromSeconds(20), stop);
        findings.Tell(string.Create(
            CultureInfo.InvariantCulture, $"uploads of 6 MB: {string.Join(", ", uploads.Distinct())}, of 100 kB: {small}; chats: {before.Told} before, {after.Told} after; exit code {code}"));
        findings.Must(uploads.All(static status => status == 503), $"uploads answer {string.Join(", ", uploads)}");
        findings.Must(small == 200, $"a small upload answers {small}");
        findings.Must(before.Good == before.Count && after.Good == after.Count, $"chats: {after.Told}");
        findings.Must(code == 0, $"exit code {code}");
    }

    private static async Task<int> UploadAsync(HttpClient client, GatewayServer gateway, int bytes, CancellationToken stop)
    {
        using var content = new MultipartFormDataContent { { new StringContent("batch"), "purpose" }, { new ByteArrayContent(new byte[bytes]), "file", "f.bin" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, gateway.At(3, "/v1/files")) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Canaries.Client);
        using HttpResponseMessage answer = await client.SendAsync(request, stop);
        return (int)answer.StatusCode;
    }
}
