using BenchmarkDotNet.Running;
using Gateway.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(SchedulerCoreBenchmarks).Assembly).Run(args);
return 0;
