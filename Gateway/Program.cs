using Gateway;
using Gateway.Configuration;
using Gateway.Management;
using Gateway.Recording.Logs;

var line = CommandLine.Parse(args);
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
watcher.ListenForSignal();
await app.RunAsync();
return 0;
