using System.Globalization;
using System.Net;
using Load.Driver.Observing;
using Load.Driver.Options;
using Load.Driver.Processes;

namespace Load.Driver.Targets;

/// <summary>Starts the simulator and the proxies, each in a folder of its own below a temporary one.</summary>
internal sealed class Launcher(DriverOptions options, string folder, long descriptors, ObservationSink sink)
{
    private static readonly IReadOnlyDictionary<string, string> NoEnvironment = new Dictionary<string, string>();
    private readonly Ports _ports = new();
    private int _starts;

    public async Task<Simulator> StartSimulatorAsync(CancellationToken stop)
    {
        int port = _ports.Next();
        ChildProcess process = ChildProcess.Start("simulator", SimulatorCommand(port), NewFolder("simulator"), NoEnvironment);
        var simulator = new Simulator(port, process);
        await OrDisposeAsync(simulator, simulator.WaitUntilReadyAsync(stop));
        return simulator;
    }

    /// <summary>Starts one proxy and waits for it. <paramref name="concurrency"/> is slots of the gateway; the others know no such limit.</summary>
    public async Task<RunningTarget> StartAsync(Target target, int upstreamPort, int concurrency, CancellationToken stop)
    {
        string own = NewFolder(target.Name);
        int[] ports = [_ports.Next(), _ports.Next(), _ports.Next()];
        int port = target.Kind == TargetKind.Gateway ? ports[options.Tier - 1] : ports[0];
        IReadOnlyList<string> command = target.Kind switch
        {
            TargetKind.Gateway => GatewayCommand(own, ports, upstreamPort, concurrency, target),
            TargetKind.Bare => [.. Program(options.BarePath), "--port", Text(port), "--upstream", $"http://127.0.0.1:{upstreamPort}"],
            TargetKind.Nginx => NginxCommand(own, port, upstreamPort),
            _ => SimulatorCommand(port),
        };

        ChildProcess process = ChildProcess.Start(target.Name, command, own, target.Environment);
        var running = new RunningTarget(target, new IPEndPoint(IPAddress.Loopback, port), process);
        string path = target.Kind == TargetKind.Gateway ? "/health" : "/sim/stats";
        await OrDisposeAsync(running, Readiness.WaitAsync(running.Process, running.Endpoint, path, stop));
        return running;
    }

    private static async Task OrDisposeAsync(IAsyncDisposable started, Task ready)
    {
        try
        {
            await ready;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    private static IReadOnlyList<string> Program(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path} does not exist: build it in Release first, or name another path", path);
        return path.EndsWith(".dll", StringComparison.Ordinal) ? ["dotnet", path] : [path];
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private IReadOnlyList<string> SimulatorCommand(int port) => [.. Program(options.SimulatorPath), "--port", Text(port)];

    private IReadOnlyList<string> GatewayCommand(string own, IReadOnlyList<int> ports, int upstreamPort, int concurrency, Target target)
    {
        string config = Path.Combine(own, "config.json");
        File.WriteAllText(config, GatewayConfig.Create(ports, upstreamPort, concurrency, target.Shape, sink.Address));
        return [.. Program(target.Program ?? options.GatewayPath), "--config", config];
    }

    private IReadOnlyList<string> NginxCommand(string own, int port, int upstreamPort)
    {
        string config = Path.Combine(own, "nginx.conf");
        File.WriteAllText(config, NginxConfig.Create(own, port, upstreamPort, descriptors));
        return [options.NginxPath, "-e", "stderr", "-p", own, "-c", config];
    }

    private string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(folder, $"{++_starts:00}-{name}")).FullName;
}
