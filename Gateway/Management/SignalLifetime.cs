using System.Runtime.InteropServices;

namespace Gateway.Management;

/// <summary>SIGTERM or SIGINT (on a terminal also SIGHUP) drains, then stops the process; a second one stops it now.</summary>
internal sealed class SignalLifetime(IServiceProvider services) : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private DrainState? _drain;
    private int _signals;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        // Not when the signal comes: that may be after everything else is gone.
        _drain = services.GetRequiredService<DrainState>();
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
        if (!Console.IsInputRedirected)
        {
            // Closing the terminal must not leave the ports taken by a gateway that nobody sees.
            _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal));
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _registrations.ForEach(static registration => registration.Dispose());

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _signals) == 1)
        {
            _ = _drain!.LeaveAsync();
        }
        else
        {
            _drain!.Hurry();
        }
    }
}
