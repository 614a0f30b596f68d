using Gateway.Recording.Influx;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using Xunit;
using static Gateway.Tests.Recording.Influx.InfluxRig;

namespace Gateway.Tests.Recording.Influx;

/// <summary>
/// Points outlive the gateway that made them. A copy of its folder, taken while it lives, is what <c>kill -9</c> leaves: all that was written to a
/// mapping is in the file for everybody.
/// </summary>
[Trait("req", "P11")]
[Trait("row", "U13")]
public sealed class PointFilesTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private int _kills;

    private string StateFile => Path.Combine(_folder.Root, "gateway.state");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_PointsThatWait_AreSentByTheNext()
    {
        using var closed = new ClosedPort();
        await using var killed = new InfluxRig(closed.Address, _time, StateFile);
        await killed.StartAsync();
        killed.Write(12_000);
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        await using var next = new InfluxRig(server.Url, _time, Kill(StateFile));
        await next.StartAsync();
        next.Write(5, first: 12_000);
        await AdvanceUntilAsync(_time, () => next.Sink.Delivered == 12_005);
        await next.StopAsync();

        Assert.Equal((12_005, 0), (next.Sink.Produced, next.Sink.Dropped));
        AssertRequests(server, Enumerable.Range(0, 12_005));
        Assert.Equal([$"Found 12000 points for InfluxDB of an earlier run are in {Folder(StateFile, 1)}: they are sent now"], await next.ToldAsync());
        Assert.False(Directory.Exists(Folder(StateFile, 1)));
    }

    [Fact]
    public async Task Killed_AfterTheDelivery_SendsNothingTwice()
    {
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        await using var killed = new InfluxRig(server.Url, _time, StateFile);
        await killed.StartAsync();
        killed.Write(100);
        await AdvanceUntilAsync(_time, () => killed.Sink.Delivered == 100);
        await using var next = new InfluxRig(server.Url, _time, Kill(StateFile));
        await next.StartAsync();
        next.Write(1, first: 100);
        await AdvanceUntilAsync(_time, () => next.Sink.Delivered == 1);

        Assert.Equal(1, next.Sink.Produced);
        AssertRequests(server, Enumerable.Range(0, 101));
    }

    /// <summary>Each lives for one point, and InfluxDB is away all the time.</summary>
    [Fact]
    public async Task Killed_AgainAndAgain_LosesNothingAndFillsNoDisk()
    {
        const int kills = 20;
        using var closed = new ClosedPort();
        string stateFile = StateFile;
        for (int i = 0; i < kills; i++)
        {
            await using var killed = new InfluxRig(closed.Address, _time, stateFile);
            await killed.StartAsync();
            killed.Write(1, first: i);
            stateFile = Kill(stateFile);
        }

        Assert.InRange(Directory.GetFiles(stateFile + ".points").Length, 1, 3);
        await AssertFoundAsync(stateFile, Enumerable.Range(0, kills));
    }

    /// <summary>In the middle of a line, whose length was not told yet.</summary>
    [Fact]
    public async Task Killed_WithinALine_LeavesTheLineOut()
    {
        await using (var killed = new InfluxRig(new Uri("http://127.0.0.1:9"), _time, StateFile))
        {
            killed.Write(3);
        }

        string file = Assert.Single(Directory.GetFiles(StateFile + ".points"));
        byte[] image = await File.ReadAllBytesAsync(file, Rig.Cancel);
        "openai_request,port=1 request_id=\"r3\",re"u8.CopyTo(image.AsSpan(image.AsSpan().LastIndexOf((byte)'\n') + 1));
        await File.WriteAllBytesAsync(file, image, Rig.Cancel);

        await AssertFoundAsync(StateFile, Enumerable.Range(0, 3));
    }

    [Fact]
    [Trait("row", "M3")]
    public async Task Stopped_InfluxIsAway_LeavesThemToTheNextStart()
    {
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        server.Status = 503;
        await using (var first = new InfluxRig(server.Url, _time, StateFile))
        {
            await first.StartAsync();
            first.Write(7);
            await AdvanceUntilAsync(_time, () => !server.Requests.IsEmpty);
            first.Write(InfluxSink.MaxBatch, first: 7);
            await first.StopAsync();

            Assert.Equal((InfluxSink.MaxBatch + 7, 0, 0), (first.Sink.Produced, first.Sink.Delivered, first.Sink.Dropped));
            Assert.Equal(
                $"Left InfluxDB has not stored {InfluxSink.MaxBatch + 7} points (status 503, and the gateway stops): they wait in {StateFile}.points for the next start.",
                (await first.ToldAsync())[^1]);
        }

        await AssertFoundAsync(StateFile, Enumerable.Range(0, InfluxSink.MaxBatch + 7));
    }

    /// <summary>The bound holds for what lies in files, too, and the oldest go.</summary>
    [Fact]
    [Trait("row", "M3")]
    public async Task Killed_AfterInfluxWasLongAway_HasTheNewestInSoManyFiles()
    {
        const int points = 3 * InfluxSink.MaxWaiting;
        using var closed = new ClosedPort();
        await using var killed = new InfluxRig(closed.Address, _time, StateFile);
        await killed.StartAsync();
        killed.Write(points);
        string left = Kill(StateFile);

        Assert.InRange(Directory.GetFiles(left + ".points").Length, 1, PointFiles.Most);
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        await using var next = new InfluxRig(server.Url, _time, left);
        await next.StartAsync();
        Assert.Equal(points - killed.Sink.Dropped, next.Sink.Produced);
        await AdvanceUntilAsync(_time, () => next.Sink.Delivered == next.Sink.Produced);

        // And those that were being sent.
        Assert.InRange(next.Sink.Delivered, InfluxSink.MaxWaiting, InfluxSink.MaxWaiting + InfluxSink.MaxBatch);
        Assert.Empty(Enumerable.Range(points - InfluxSink.MaxWaiting, InfluxSink.MaxWaiting).Select(static number => $"r{number}").Except(server.Lines.Select(RequestOf)));
    }

    [Fact]
    public async Task Files_WhileInfluxTakesAll_AreUsedAgain()
    {
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        await using var rig = new InfluxRig(server.Url, _time, StateFile);
        await rig.StartAsync();
        string[] files = Directory.GetFiles(StateFile + ".points");
        for (int i = 0; i < 8; i++)
        {
            rig.Write(InfluxSink.MaxBatch);
            await AdvanceUntilAsync(_time, () => rig.Sink.Delivered == (i + 1) * InfluxSink.MaxBatch);
        }

        Assert.Equal(2, files.Length);
        Assert.Equal(files.Order(), Directory.GetFiles(StateFile + ".points").Order());
        if (!OperatingSystem.IsWindows())
        {
            foreach (string file in files)
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }

            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(StateFile + ".points"));
        }

        await rig.StopAsync();
        Assert.False(Directory.Exists(StateFile + ".points"));
    }

    /// <summary>Or an outage of InfluxDB would look like a leak, and take from the descriptors of callers.</summary>
    [Fact]
    [Trait("row", "L4")]
    public void Files_WhileTheyWait_HoldNoDescriptor()
    {
        using PointFile file = Assert.IsType<PointFile>(PointFile.Open(StateFile, out _));
        file.Append("a line\n"u8);

        using (File.Open(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            Assert.Contains(file.Path, Held());
        }

        Assert.DoesNotContain(file.Path, Held());

        static IEnumerable<string?> Held() => Directory.GetFiles("/proc/self/fd").Select(static descriptor => new FileInfo(descriptor).LinkTarget);
    }

    [Fact]
    public async Task TurnedOff_LeavesNothingBehindAndReadsNothing()
    {
        await using var rig = new InfluxRig(null, stateFile: StateFile);
        await rig.StartAsync();
        rig.Write(3);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
        await rig.StopAsync();
    }

    /// <summary>Only two files can be made: a backlog is larger, and what comes after it is in files again.</summary>
    [Fact]
    [Trait("row", "L4")]
    public async Task Killed_AfterTheDiskWasFull_HasWhatWaits()
    {
        const int backlog = 4 * InfluxSink.MaxBatch;
        for (int i = 2; i < PointFiles.Most; i++)
        {
            Directory.CreateDirectory(Path.Combine(StateFile + ".points", $"{i}.points"));
        }

        await using InfluxDouble server = await InfluxDouble.StartAsync();
        server.Status = 503;
        await using var killed = new InfluxRig(server.Url, _time, StateFile);
        await killed.StartAsync();
        killed.Write(backlog);
        server.Status = 204;
        await AdvanceUntilAsync(_time, () => killed.Sink.Delivered == backlog);
        for (int i = 0; i < 5; i++)
        {
            killed.Write(1, first: backlog + i);
            await AdvanceUntilAsync(_time, () => killed.Sink.Delivered == backlog + i + 1);
        }

        server.Status = 503;
        killed.Write(10, first: backlog + 5);

        await AssertFoundAsync(Kill(StateFile), Enumerable.Range(backlog + 5, 10));
    }

    [Fact]
    public async Task TurnedOn_ByAReload_FindsWhatIsThere()
    {
        await using (var killed = new InfluxRig(new Uri("http://127.0.0.1:9"), _time, StateFile))
        {
            killed.Write(3);
        }

        await using InfluxDouble server = await InfluxDouble.StartAsync();
        await using var next = new InfluxRig(null, _time, StateFile);
        await next.StartAsync();
        Assert.Equal(0, next.Sink.Produced);
        next.TurnOn(server.Url);
        next.Write(1, first: 3);
        await AdvanceUntilAsync(_time, () => next.Sink.Delivered == 4);

        AssertRequests(server, Enumerable.Range(0, 4));
    }

    /// <summary>All of these and nothing else: what the next start finds is delivered.</summary>
    private async Task AssertFoundAsync(string stateFile, IEnumerable<int> requests)
    {
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        await using var next = new InfluxRig(server.Url, _time, stateFile);
        await next.StartAsync();
        Assert.Equal(requests.Count(), next.Sink.Produced);
        await AdvanceUntilAsync(_time, () => next.Sink.Delivered == next.Sink.Produced);
        await next.StopAsync();

        Assert.Equal(0, next.Sink.Dropped);
        AssertRequests(server, requests);
    }

    private static void AssertRequests(InfluxDouble server, IEnumerable<int> requests) => Assert.Equal(
        requests.Select(static number => $"r{number}").Order(), server.Lines.Select(RequestOf).Order());

    private static string RequestOf(string line) => LineParser.Parse(line).Fields["request_id"];

    /// <summary>The state file of whoever comes next.</summary>
    private string Kill(string stateFile)
    {
        string copy = $"{StateFile}-{++_kills}";
        Directory.CreateDirectory(copy + ".points");
        foreach (string file in Directory.GetFiles(stateFile + ".points"))
        {
            File.Copy(file, Path.Combine(copy + ".points", Path.GetFileName(file)));
        }

        return copy;
    }

    private static string Folder(string stateFile, int kill) => $"{stateFile}-{kill}.points";
}
