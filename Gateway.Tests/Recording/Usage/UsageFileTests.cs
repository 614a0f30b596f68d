using System.Globalization;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Recording.Usage;
using Gateway.Tests.Configuration;
using Gateway.Tests.Management;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Recording.Usage;

[Trait("req", "A9")]
public sealed class UsageFileTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ConfigurationFolder _folder = new();

    private string Path => System.IO.Path.Combine(_folder.Root, "gateway.state");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Restart_InOrder_LosesNothing()
    {
        await using (Rig first = await StartAsync(Path))
        {
            await CallAsync(first, 3);
        }

        _clock.Advance(TimeSpan.FromMinutes(2));
        await using Rig second = await StartAsync(Path);
        await CallAsync(second, 1);

        Assert.Equal(4, await RequestsAsync(second));
    }

    [Fact]
    public async Task Restart_WithoutAFile_BeginsAnew()
    {
        await using (Rig first = await StartAsync(""))
        {
            await CallAsync(first, 3);
        }

        await using Rig second = await StartAsync("");

        Assert.Equal(0, await RequestsAsync(second));
        Assert.Empty(Directory.GetFiles(_folder.Root));
    }

    /// <summary>As after <c>kill -9</c>: what is there is what was saved within the last minute.</summary>
    [Fact]
    public async Task Killed_AtAnyTime_LosesAtMostAMinute()
    {
        await using Rig first = await StartAsync(Path);
        await CallAsync(first, 2);
        await PassMinuteAsync();
        await Eventually.TrueAsync(() => File.Exists(Path));
        await CallAsync(first, 1);
        string copy = Path + ".copy";
        File.Copy(Path, copy);

        await using Rig second = await StartAsync(copy);

        Assert.Equal((3, 2), (await RequestsAsync(first), await RequestsAsync(second)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task Start_BrokenFile_IsSetAsideAndTheGatewayWorks(int length)
    {
        byte[] broken = [.. Enumerable.Range(0, length).Select(static i => (byte)i)];
        await File.WriteAllBytesAsync(Path, broken, Rig.Cancel);
        Rig rig = await StartAsync(Path);
        await using (rig)
        {
            await CallAsync(rig, 1);
            Assert.Equal(1, await RequestsAsync(rig));
        }

        Assert.Equal(broken, await File.ReadAllBytesAsync(Path + ".broken", Rig.Cancel));
        Assert.Equal(1, Warnings(rig, 2021));
        await using Rig next = await StartAsync(Path);
        Assert.Equal(1, await RequestsAsync(next));
    }

    [Fact]
    public async Task Start_FileOfAnotherGateway_IsLeftAloneAndTheGatewayWorks()
    {
        await using Rig owner = await StartAsync(Path);
        await CallAsync(owner, 2);
        Rig other = await StartAsync(Path);
        await using (other)
        {
            await CallAsync(other, 1);
            Assert.Equal(1, await RequestsAsync(other));
        }

        Assert.False(File.Exists(Path));
        Assert.Equal(1, Warnings(other, 2020));
    }

    [Fact]
    public async Task Start_PathThatCannotBe_WarnsOnceAndWorks()
    {
        Rig rig = await StartAsync(System.IO.Path.Combine(_folder.Root, "missing", "gateway.state"));
        await using (rig)
        {
            await CallAsync(rig, 1);
            _clock.Advance(TimeSpan.FromMinutes(5));
            Assert.Equal(1, await RequestsAsync(rig));
        }

        Assert.Equal(1, Warnings(rig, 2020));
    }

    /// <summary>A pipe would be waited for, and a device replaced: neither it nor anything beside it is touched.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Start_PathThatIsNoFile_IsLeftAloneAndTheGatewayWorks(bool isLinked)
    {
        string pipe = NamedPipe.Make(System.IO.Path.Combine(_folder.Root, "pipe"));
        string path = isLinked ? File.CreateSymbolicLink(Path, pipe).FullName : pipe;
        string[] before = Directory.GetFileSystemEntries(_folder.Root);
        Rig rig = await Task.Run(() => StartAsync(path, "http://127.0.0.1:9"), Rig.Cancel).Soon();
        await using (rig)
        {
            await CallAsync(rig, 1);
            _clock.Advance(UsageFile.Interval);
            Assert.Equal(1, await RequestsAsync(rig));
        }

        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Root));
        Assert.Equal((1, 1, 0), (Warnings(rig, 2020), Warnings(rig, 2303), Warnings(rig, 2022)));
    }

    [Fact]
    public async Task Save_PathIsNoFileAnyMore_LeavesItAlone()
    {
        Rig rig = await StartAsync(Path);
        await using (rig)
        {
            NamedPipe.Make(Path);
            await CallAsync(rig, 1);
            await PassMinuteAsync();
            await Eventually.TrueAsync(() => Warnings(rig, 2022) == 1);
        }

        Assert.Equal(0, new FileInfo(Path).Length);
        Assert.Equal(0, Warnings(rig, 2023));
    }

    [Fact]
    public async Task Restart_PathIsALinkToAFile_LosesNothing()
    {
        await using (Rig first = await StartAsync(Path))
        {
            await CallAsync(first, 3);
        }

        File.Move(Path, Path + ".real");
        File.CreateSymbolicLink(Path, Path + ".real");
        await using (Rig second = await StartAsync(Path))
        {
            await CallAsync(second, 1);
        }

        await using Rig third = await StartAsync(Path);
        Assert.Equal(4, await RequestsAsync(third));
    }

    /// <summary>L4: a full disk, as a folder where the file is to be written; then room again.</summary>
    [Fact]
    [Trait("row", "L4")]
    public async Task Save_FailsForAWhile_WarnsOnceAndSavesAgainAfterwards()
    {
        Rig rig = await StartAsync(Path);
        await using (rig)
        {
            Directory.CreateDirectory(Path + ".new");
            await _clock.WaitForTimerAsync(UsageFile.Interval).Soon();
            for (int i = 1; i <= 3; i++)
            {
                await CallAsync(rig, i, "n" + i.ToString(CultureInfo.InvariantCulture));
                _clock.Advance(UsageFile.Interval);
            }

            await Eventually.TrueAsync(() => Warnings(rig, 2022) == 1);
            Assert.False(File.Exists(Path));
            Directory.Delete(Path + ".new");
            _clock.Advance(UsageFile.Interval);
            await Eventually.TrueAsync(() => File.Exists(Path));
        }

        Assert.Equal((1, 1), (Warnings(rig, 2022), Warnings(rig, 2023)));
    }

    [Fact]
    public async Task Save_NothingNew_LeavesTheFileAlone()
    {
        await using (Rig rig = await StartAsync(Path))
        {
            await CallAsync(rig, 1);
            await PassMinuteAsync();
            await Eventually.TrueAsync(() => File.Exists(Path));
            File.Delete(Path);
            _clock.Advance(5 * UsageFile.Interval);
        }

        Assert.False(File.Exists(Path));
    }

    /// <summary>Once the gateway, which has just started, counts it.</summary>
    private async Task PassMinuteAsync()
    {
        await _clock.WaitForTimerAsync(UsageFile.Interval).Soon();
        _clock.Advance(UsageFile.Interval);
    }

    private Task<Rig> StartAsync(string path, string influx = "") =>
        Rig.StartAsync(4, options => options with { StateFile = path, InfluxdbUrl = influx }, services => services.AddSingleton<TimeProvider>(_clock));

    private static async Task CallAsync(Rig rig, int count, string nonce = "n")
    {
        int before = rig.Gateway.Records.All.Count;
        for (int i = 0; i < count; i++)
        {
            using HttpResponseMessage answer = await rig.ChatAsync(Rig.Urgent, $"{nonce}-{i}").Soon();
            await answer.Content.ReadAsStringAsync(Rig.Cancel);
        }

        await rig.Gateway.Records.WaitForAsync(before + count);
    }

    private static async Task<double> RequestsAsync(Rig rig)
    {
        JsonElement answer = await rig.AdminJsonAsync("GET", "/stats/usage?metric=requests&window=1440&granularity=1440");
        return answer.GetProperty("time_series").EnumerateArray().Sum(static point => point.GetProperty("value").GetDouble());
    }

    private static int Warnings(Rig rig, int id) => rig.Gateway.Log().Split($"\"event_id\":{id.ToString(CultureInfo.InvariantCulture)},").Length - 1;
}
