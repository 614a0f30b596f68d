using UpstreamSimulator;

SimulatorArguments arguments = SimulatorArguments.Parse(args);
if (arguments.IsHelp)
{
    Console.WriteLine(SimulatorArguments.Usage);
    return 0;
}

if (arguments.Options is null)
{
    await Console.Error.WriteLineAsync(arguments.Error);
    return 2;
}

await using SimulatorHost host = await SimulatorApp.StartAsync(arguments.Options);
Console.WriteLine($"upstream simulator on {host.BaseAddress}");
await host.WaitForShutdownAsync();
return 0;
