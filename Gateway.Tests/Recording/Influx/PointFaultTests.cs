using System.Text;
using Gateway.Recording.Influx;
using Gateway.Tests.Configuration;
using Gateway.Tests.Support;
using Xunit;
using static Gateway.Tests.Recording.Influx.InfluxRig;

namespace Gateway.Tests.Recording.Influx;

/// <summary>Whatever is wrong with the files where points wait: the gateway starts, tells it once, and its points are delivered.</summary>
[Trait("req", "P11")]
[Trait("row", "L4")]
public sealed class PointFaultTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    private string StateFile => Path.Combine(_folder.Root, "gateway.state");

    private string Folder => StateFile + ".points";

    /// <summary>The port was taken: what an earlier run left is not to be lost by it, whatever the sink was about to do.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(InfluxSink.MaxBatch + 1000)]
    public async Task NotStarted_PointsOfAnEarlierRun_StayForTheNext(int points)
    {
        var time = new ManualTimeProvider();
        using var closed = new ClosedPort();
        await using (var killed = new InfluxRig(closed.Address, time, StateFile))
        {
            killed.Write(points);
        }

        for (int i = 0; i < 3; i++)
        {
            await using InfluxDouble server = await InfluxDouble.StartAsync();
            server.Status = 503;
            await using var failing = new InfluxRig(server.Url, time, StateFile);
            await failing.StartAsync();
            await AdvanceUntilAsync(time, () => !server.Requests.IsEmpty);
            failing.Sink.Dispose();
            await Eventually.TrueAsync(() => failing.Sink.ExecuteTask!.IsCompleted);
            Assert.False(failing.Sink.ExecuteTask!.IsFaulted);
        }

        await using var next = new InfluxRig(closed.Address, time, StateFile);
        await next.StartAsync();
        Assert.Equal(points, next.Sink.Produced);
    }

    public static TheoryData<string, byte[]> Broken => new()
    {
        { "words", [.. "these are no points"u8] },
        { "only its beginning", [.. "GWPOINT1"u8] },
        { "dice", Dice(PointFile.Size) },
        { "far too long", Dice(2 * PointFile.Size) },
        { "longer than its file", Image(long.MaxValue, "openai_request a=1 1\n") },
        { "negative", Image(-1, "openai_request a=1 1\n") },
        { "half a line", Image(10, "openai_request a=1 1\n") },
        { "holes", Image(30, "openai_request a=1 1\n\0\0\0\0\0\0\0\0\n") },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Start_BrokenFile_IsSetAsideAndTheOthersAreRead(string what, byte[] bytes)
    {
        Directory.CreateDirectory(Folder);
        await File.WriteAllBytesAsync(Path.Combine(Folder, "0.points"), bytes, Rig.Cancel);
        await File.WriteAllBytesAsync(Path.Combine(Folder, "1.points"), Image(21, "openai_request a=1 1\n"), Rig.Cancel);
        await File.WriteAllTextAsync(Path.Combine(Folder, "foreign"), "not ours", Rig.Cancel);

        Assert.Equal(["Broken", "Found"], await DeliverAsync(points: 2, found: 1));

        byte[] aside = await File.ReadAllBytesAsync(Path.Combine(Folder, "0.points.broken"), Rig.Cancel);
        Assert.True(bytes.AsSpan().SequenceEqual(aside), what);
        Assert.Equal("not ours", await File.ReadAllTextAsync(Path.Combine(Folder, "foreign"), Rig.Cancel));
        Assert.Empty(await DeliverAsync(points: 1, found: 0));
    }

    /// <summary>Of one that was killed while it made them.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public async Task Start_UnfinishedFile_IsFinished(int length)
    {
        Directory.CreateDirectory(Folder);
        await File.WriteAllBytesAsync(Path.Combine(Folder, "0.points"), new byte[length], Rig.Cancel);

        Assert.Empty(await DeliverAsync(points: 1, found: 0));
        Assert.False(Directory.Exists(Folder));
    }

    [Fact]
    public async Task Start_FolderThatCannotBe_WarnsOnceAndWorks()
    {
        _folder.Write("gateway.state.points", "a file");

        Assert.Equal(["NotKept"], await DeliverAsync(points: 3, found: 0));
        Assert.Equal("a file", await File.ReadAllTextAsync(Folder, Rig.Cancel));
    }

    [Fact]
    public async Task Start_FileThatCannotBe_WarnsOnceAndWorks()
    {
        for (int i = 0; i < PointFiles.Most; i++)
        {
            Directory.CreateDirectory(Path.Combine(Folder, $"{i}.points"));
        }

        Assert.Equal(["NotKept"], await DeliverAsync(points: 3, found: 0));
        Assert.Equal(PointFiles.Most, Directory.GetFileSystemEntries(Folder).Length);
    }

    [Fact]
    public async Task Start_FolderOfAnotherGateway_IsLeftAlone()
    {
        await using InfluxDouble away = await InfluxDouble.StartAsync();
        away.Status = 503;
        await using var owner = new InfluxRig(away.Url, stateFile: StateFile);
        await owner.StartAsync();
        owner.Write(2);

        Assert.Equal(["NotKept"], await DeliverAsync(points: 3, found: 0));
        away.Status = 204;
        await owner.StopAsync();

        Assert.Equal((2, 2), (owner.Sink.Delivered, away.Lines.Count));
    }

    /// <summary>Without a file, what is left at the end is lost as ever.</summary>
    [Fact]
    [Trait("row", "M3")]
    public async Task Stop_InMemoryOnly_TellsWhatIsLost()
    {
        await using InfluxDouble away = await InfluxDouble.StartAsync();
        away.Status = 503;
        _folder.Write("gateway.state.points", "a file");
        await using var rig = new InfluxRig(away.Url, stateFile: StateFile);
        await rig.StartAsync();
        rig.Write(3);
        await Eventually.TrueAsync(() => !away.Requests.IsEmpty);
        await rig.StopAsync();

        Assert.Equal((3, 0, 3), (rig.Sink.Produced, rig.Sink.Delivered, rig.Sink.Dropped));
        Assert.StartsWith("Lost ", (await rig.ToldAsync())[^1], StringComparison.Ordinal);
    }

    /// <summary>A gateway on this folder sends points: its events.</summary>
    private async Task<string[]> DeliverAsync(int points, int found)
    {
        await using InfluxDouble server = await InfluxDouble.StartAsync();
        var time = new ManualTimeProvider();
        await using var rig = new InfluxRig(server.Url, time, StateFile);
        await rig.StartAsync();
        rig.Write(points);
        await InfluxRig.AdvanceUntilAsync(time, () => rig.Sink.Delivered == points + found);
        await rig.StopAsync();

        Assert.Equal((points + found, 0), (rig.Sink.Produced, rig.Sink.Dropped));
        Assert.Equal(points + found, server.Lines.Count);
        return [.. (await rig.ToldAsync()).Select(static line => line.Split(' ')[0])];
    }

    private static byte[] Dice(int length)
    {
        byte[] bytes = new byte[length];
        new Random(13).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Image(long length, string lines)
    {
        byte[] image = new byte[PointFile.Size];
        "GWPOINT1"u8.CopyTo(image);
        BitConverter.TryWriteBytes(image.AsSpan(8), length);
        Encoding.ASCII.GetBytes(lines, image.AsSpan(16));
        return image;
    }
}
