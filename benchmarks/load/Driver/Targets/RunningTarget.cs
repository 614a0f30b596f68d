using System.Net;
using Load.Driver.Processes;

namespace Load.Driver.Targets;

/// <summary>A started proxy. Whoever started it disposes it, which ends the process.</summary>
internal sealed class RunningTarget(Target target, IPEndPoint endpoint, ChildProcess process) : IAsyncDisposable
{
    public Target Target { get; } = target;

    public IPEndPoint Endpoint { get; } = endpoint;

    public ChildProcess Process { get; } = process;

    public ProcessMeter Meter => Process.Meter;

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
