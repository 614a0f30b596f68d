using Gateway;
using Gateway.Configuration;
using Gateway.Management;
using Gateway.Recording.Logs;

NativeMemory.Limit();
var line = CommandLine.Parse(args);
if (line is { Mode: CommandLineMode.Health, Error: null })
{
    return await HealthQuestion.AskAsync(line.HealthPort, Console.Error);
}

var loader = new ConfigurationLoader(line, ConfigurationCommand.ProcessEnvironment(), Environment.CurrentDirectory);
if (ConfigurationCommand.Run(line, loader, Console.Out, Console.Error, out LoadResult loaded) is { } exitCode)
{
    return exitCode;
}

var options = new OptionsSnapshot(loaded.Options!);
await using LogOutput log = LogOutput.Console(TimeProvider.System);
await using WebApplication app = GatewayApp.Build(
    options, log, static services => services.AddSingleton<IHostLifetime, SignalLifetime>());
using var watcher = new ConfigurationWatcher(loader, options, loaded, TimeProvider.System, app.Services.GetRequiredService<ILogger<ConfigurationWatcher>>());
if (Console.IsInputRedirected)
{
    // On a terminal, SIGHUP says that the terminal is gone.
    watcher.ListenForSignal();
}

return await Serving.RunAsync(app, loaded.Options!, Console.Error);
