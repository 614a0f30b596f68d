using System.Globalization;
using System.Text;
using Gateway.Configuration;
using Gateway.Listeners;
using Gateway.Recording.Logs;
using Gateway.Redis;
using Gateway.Upstreams;

namespace Gateway.Management;

/// <summary>Says, once everything listens, which port is which tier, where the requests go, and how many of them.</summary>
internal sealed partial class StartupBanner(
    OptionsSnapshot options, ListenerTable listeners, InstanceTable instances, LogOutput output, ILogger<StartupBanner> logger) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        GatewayOptions current = options.Current;
        string version = ConfigurationCommand.Version();
        if (output.IsTerminal)
        {
            output.WriteText(Text(current, version));
        }
        else
        {
            Log.Started(
                logger, version, current.Host, string.Join(' ', listeners.All.Select(Describe)), string.Join(' ', instances.All.Select(Describe)),
                Limits(current), Redis(current), Management(current));
        }

        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private string Text(GatewayOptions current, string version)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"\n  Gateway {version} listens on {current.Host}\n\n");
        foreach (Listener listener in listeners.All.OrderBy(static listener => listener.Policy.Priority))
        {
            string rights = listener.Policy.Preemptive ? "interrupts lower tiers" : "waits its turn";
            string duties = listeners.IsPreemptible(listener) ? ", may be interrupted" : "";
            string name = listener.Name == listener.Port.ToString(CultureInfo.InvariantCulture) ? "" : $"  ({listener.Name})";
            text.Append(CultureInfo.InvariantCulture, $"    :{listener.Port,-6} tier {listener.Policy.Priority,-3} {rights}{duties}{name}\n");
        }

        text.Append('\n');
        foreach (InstanceState instance in instances.All)
        {
            string models = instance.Options.SupportedModels.Count == 0 ? "all models" : string.Join(", ", instance.Options.SupportedModels);
            string state = instance.Options.Enabled ? $"{instance.Options.MaxConcurrency} slots" : "disabled";
            text.Append(CultureInfo.InvariantCulture, $"    -> {instance.Name}  {instance.Options.ApiBase.AbsoluteUri}  {state}, {models}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"\n    limits  {Limits(current)}\n    redis   {Redis(current)}\n");
        return text.Append(CultureInfo.InvariantCulture, $"    admin   {Management(current)}\n\n").ToString();
    }

    private static string Limits(GatewayOptions current)
    {
        (int? Most, string Of)[] limits =
        [
            (current.RateLimit?.RequestsPerMinute, "requests per caller"),
            (current.RateLimit?.TokensPerMinute, "tokens per caller"),
            (current.RateLimit?.RequestsPerMinutePerIp, "requests per address"),
        ];
        string list = string.Join(", ", limits.Where(static limit => limit.Most is not null).Select(static limit =>
            string.Create(CultureInfo.InvariantCulture, $"{limit.Most} {limit.Of}")));
        return list.Length == 0 ? "none" : $"{list} a minute";
    }

    private static string Redis(GatewayOptions current) =>
        current.RedisUrl.Length == 0 ? "none (limits are kept in this process)" : RedisAddress.Shown(current.RedisUrl);

    private string Management(GatewayOptions current)
    {
        string place = listeners.Management is { } own ? $"on :{own.Port.ToString(CultureInfo.InvariantCulture)}" : "on every port";
        string who = current.AdminToken is null ? "this machine only (no admin_token)" : "with the admin token";
        return $"/dashboard and /admin {place}, {who}";
    }

    private static string Describe(Listener listener) =>
        $"{listener.Port.ToString(CultureInfo.InvariantCulture)}=tier{listener.Policy.Priority.ToString(CultureInfo.InvariantCulture)}";

    private static string Describe(InstanceState instance) =>
        $"{instance.Name}={instance.Options.ApiBase.AbsoluteUri}[{instance.Options.MaxConcurrency.ToString(CultureInfo.InvariantCulture)}]";

    private static partial class Log
    {
        [LoggerMessage(3010, LogLevel.Information, "Gateway {Version} listens on {Host}: {Listeners}; upstreams: {Upstreams}; limits: {Limits}; redis: {Redis}; management: {Management}")]
        public static partial void Started(
            ILogger logger, string version, string host, string listeners, string upstreams, string limits, string redis, string management);
    }
}
