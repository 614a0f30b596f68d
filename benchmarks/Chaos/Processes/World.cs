using System.Globalization;
using System.Text.Json.Nodes;
using Load.Driver.Processes;

namespace Chaos.Processes;

/// <summary>The processes of one scenario, each in a folder of its own; all end with it.</summary>
internal sealed class World(Programs programs, string folder, Ports ports, bool isFull) : IAsyncDisposable
{
    private static readonly IReadOnlyDictionary<string, string> NoEnvironment = new Dictionary<string, string>();
    private readonly List<Server> _servers = [];
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>False in the short version, where nothing is held against a clock.</summary>
    public bool IsFull { get; } = isFull;

    public string Folder { get; } = folder;

    public int Pick(int full, int brief) => IsFull ? full : brief;

    public TimeSpan Seconds(double full, double brief) => TimeSpan.FromSeconds(IsFull ? full : brief);

    public Server Simulator() =>
        Make("simulator", port => ["dotnet", programs.Simulator, "--port", Text(port)]);

    public Server Redis(params string[] more) => Make("redis", port =>
        ["redis-server", "--port", Text(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--requirepass", Canaries.Redis, .. more]);

    /// <summary>A server of InfluxDB's protocol that keeps what it is told.</summary>
    /// <param name="disk">Where it keeps that; null: in its folder.</param>
    public Server Influx(SmallDisk? disk = null)
    {
        int back = ports.Next();
        return Make("influxd", (port, own) =>
        {
            string file = Path.Combine(own, "influxdb.conf");
            string store = disk?.Folder ?? own;
            File.WriteAllText(file, $"""
                reporting-disabled = true
                bind-address = "127.0.0.1:{Text(back)}"
                [meta]
                dir = "{store}/meta"
                [data]
                dir = "{store}/data"
                wal-dir = "{store}/wal"
                [monitor]
                store-enabled = false
                [http]
                bind-address = "127.0.0.1:{Text(port)}"
                log-enabled = false
                """);
            return [.. disk?.Inside ?? [], "influxd", "run", "-config", file];
        });
    }

    public async Task<SmallDisk> MountAsync(int bytes, CancellationToken stop)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Folder, "small-disk")).FullName;
        var disk = new SmallDisk(Make("disk", _ => SmallDisk.Holder(folder, bytes)), folder, bytes);
        await disk.MountAsync(stop);
        return disk;
    }

    /// <param name="upstream">Of its one instance.</param>
    /// <param name="change">Changes the configuration before it is written.</param>
    /// <param name="before">Words in front of the command, such as <c>prlimit</c>'s.</param>
    /// <param name="environment">Variables of the process.</param>
    public GatewayServer Gateway(Server upstream, Action<JsonObject>? change = null, IReadOnlyList<string>? before = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        int[] tiers = [ports.Next(), ports.Next(), ports.Next()];
        var server = Make("gateway", (_, own) => [.. before ?? [], "dotnet", programs.Gateway, "--config", Path.Combine(own, "config.json")], tiers[0], environment);
        JsonObject configuration = GatewayConfiguration.Create(tiers, upstream.Port);
        change?.Invoke(configuration);
        File.WriteAllText(Path.Combine(server.Folder, "config.json"), configuration.ToJsonString());
        return new GatewayServer(server, tiers, _client);
    }

    public async Task<GatewayServer> StartGatewayAsync(
        Server upstream, CancellationToken stop, Action<JsonObject>? change = null, IReadOnlyList<string>? before = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        GatewayServer gateway = Gateway(upstream, change, before, environment);
        await gateway.Server.StartAsync(stop);
        return gateway;
    }

    public async Task<Server> StartSimulatorAsync(CancellationToken stop) => await StartAsync(Simulator(), stop);

    public async Task<Server> StartRedisAsync(CancellationToken stop, params string[] more) => await StartAsync(Redis(more), stop);

    public async Task<Server> StartInfluxAsync(CancellationToken stop, SmallDisk? disk = null)
    {
        Server influx = await StartAsync(Influx(disk), stop);
        await InfluxQuery.CreateAsync(influx, _client, stop);
        return influx;
    }

    public Task<RefusingInflux> StartRefusingInfluxAsync(CancellationToken stop) => RefusingInflux.StartAsync(ports, stop);

    public async ValueTask DisposeAsync()
    {
        foreach (Server server in Enumerable.Reverse(_servers))
            await server.DisposeAsync();
        _client.Dispose();
    }

    private static async Task<Server> StartAsync(Server server, CancellationToken stop)
    {
        await server.StartAsync(stop);
        return server;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private Server Make(string name, Func<int, IReadOnlyList<string>> command) => Make(name, (port, _) => command(port));

    private Server Make(
        string name, Func<int, string, IReadOnlyList<string>> command, int? port = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        string own = Directory.CreateDirectory(Path.Combine(Folder, $"{_servers.Count + 1}-{name}")).FullName;
        int at = port ?? ports.Next();
        var server = new Server(name, at, command(at, own), own, environment ?? NoEnvironment);
        _servers.Add(server);
        return server;
    }
}
