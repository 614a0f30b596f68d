using BenchmarkDotNet.Running;
using Gateway.Benchmarks;
using Gateway.Benchmarks.Reaction;

if (args is ["reaction", ..])
{
    const int Rounds = 500;
    ReactionTimes times = await new ReactionRun(Rounds, TimeProvider.System).RunAsync();
    Console.WriteLine($"{Rounds} preemptions through real sockets on loopback, HTTP/1.1, one slot:\n\n{times.Report()}");
    return times.IsKept ? 0 : 1;
}

BenchmarkSwitcher.FromAssembly(typeof(SchedulerCoreBenchmarks).Assembly).Run(args);
return 0;
