using System.Runtime.InteropServices;
using Load.Driver;
using Load.Driver.Options;

// Exit code: 0 all thresholds kept, 1 one missed or an error seen, 2 the run could not be made.
using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext context)
{
    // The first signal ends the run in order, which ends the child processes too.
    context.Cancel = true;
    Console.Error.WriteLine($"{context.Signal}: the run is stopped");
    stop.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    DateOnly today = DateOnly.FromDateTime(TimeProvider.System.GetLocalNow().DateTime);
    DriverOptions options = CommandLine.Parse(args, RepositoryRoot.Find(), today);
    return await new LoadSession(options, today, args).RunAsync(stop.Token);
}
catch (OptionsException error)
{
    Console.Error.WriteLine(error.Message);
    Console.Error.WriteLine(CommandLine.Usage);
    return 2;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 2;
}
catch (Exception error) when (error is InvalidOperationException or IOException or HttpRequestException)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}
