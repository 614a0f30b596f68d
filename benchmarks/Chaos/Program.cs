using System.Runtime.InteropServices;
using Chaos;

// Exit code: 0 everything held, 1 something did not, 2 the run could not be made.
if (RunOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(RunOptions.Usage);
    return 2;
}

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext context)
{
    // The first signal ends the run in order, which ends the processes that it started.
    context.Cancel = true;
    Console.Error.WriteLine($"{context.Signal}: the run is stopped");
    stop.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    return await new Session(options, DateOnly.FromDateTime(TimeProvider.System.GetLocalNow().DateTime)).RunAsync(stop.Token);
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 2;
}
catch (Exception error) when (error is InvalidOperationException or IOException or HttpRequestException)
{
    Console.Error.WriteLine(error);
    return 2;
}
