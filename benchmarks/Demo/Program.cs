using System.Runtime.InteropServices;
using System.Text;
using Demo;
using Demo.Summing;

const int Missed = 1;
const int BadUsage = 2;
const int Interrupted = 130;

if (DemoArguments.Parse(args) is not { } arguments)
{
    await Console.Error.WriteLineAsync(DemoArguments.Usage);
    return BadUsage;
}

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext signal)
{
    // Not ended by the signal: the cursor has to come back first.
    signal.Cancel = true;
    stop.Cancel();
}

using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
Console.OutputEncoding = Encoding.UTF8;
try
{
    Verdict verdict = await new Show(arguments, Console.Out, TimeProvider.System).RunAsync(stop.Token);
    if (verdict.IsGood)
    {
        Console.WriteLine(Invitation.Text);
        return 0;
    }

    Console.WriteLine("\nThis run did not show what it should:");
    foreach (string line in verdict.Missing)
    {
        Console.WriteLine("  - " + line);
    }

    return Missed;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync("\n" + e.Message);
    return Missed;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.WriteLine("\nStopped.");
    return Interrupted;
}
