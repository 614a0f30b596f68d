using System.Globalization;

namespace Gateway.Configuration;

/// <summary>Rules that span keys. Each names both values.</summary>
internal static class CrossRules
{
    public static void Check(GatewayOptions options, NodeReader r)
    {
        CheckPorts(options, r);
        CheckNames(options, r);
        ClientKeyRules.Check(options, r);
        CheckOpenRelay(options, r);
        CheckMappedKeys(options, r);
        CheckLoop(options, r);
        CheckSizes(options, r);
        CheckDelays(options, r);
    }

    /// <summary>An upstream key, no client keys, a port for more than this machine, and nobody said that this is meant.</summary>
    public static bool IsOpenRelay(GatewayOptions options)
    {
        bool pays = options.Instances.Any(instance => instance.ApiKey is not null || instance.Auth == InstanceAuth.Entra);
        return pays && !options.ChecksCallers && !options.AllowAnonymous && !ValueRules.IsLoopback(options.Host);
    }

    private static void CheckPorts(GatewayOptions options, NodeReader r)
    {
        var owners = new Dictionary<int, string>();
        IEnumerable<(int Port, string Key)> ports = options.Endpoints.Select((endpoint, i) => (endpoint.Port, At("endpoints", i, "port")));
        if (options.ManagementPort is { } management)
        {
            ports = ports.Append((management, "management_port"));
        }

        foreach ((int port, string key) in ports)
        {
            // 0 asks the system for a free port, so it may stand more than once.
            if (port != 0 && !owners.TryAdd(port, key))
            {
                r.Report(key, $"{port} is also the port of {owners[port]}", "Give each listener a port of its own.");
            }
        }
    }

    /// <summary>An upstream that is the gateway itself: one request would fill every slot with itself.</summary>
    private static void CheckLoop(GatewayOptions options, NodeReader r)
    {
        foreach (InstanceOptions instance in options.Instances)
        {
            bool isOurs = instance.ApiBase.IsLoopback || instance.ApiBase.Host == options.Host;
            if (isOurs && options.Endpoints.Any(endpoint => endpoint.Port == instance.ApiBase.Port))
            {
                r.Report("endpoints", $"port {instance.ApiBase.Port} is also the upstream of instance \"{instance.Name}\", so the gateway would call itself",
                    "Name the real upstream (openai_api_url, OPENAI_API_URL, OPENAI_BASE_URL or instances[].api_base), or choose another port.");
            }
        }
    }

    private static void CheckNames(GatewayOptions options, NodeReader r)
    {
        var owners = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < options.Instances.Count; i++)
        {
            string key = At("instances", i, "name");
            string name = options.Instances[i].Name;
            if (name.Length > 0 && !owners.TryAdd(name, key))
            {
                r.Report(key, $"\"{name}\" is also the name of {owners[name]}",
                    "Give each instance a name of its own; upper and lower case count as the same.");
            }
        }
    }

    /// <summary>An upstream key that anyone on the network may spend is refused unless somebody says that it is meant.</summary>
    private static void CheckOpenRelay(GatewayOptions options, NodeReader r)
    {
        // A refused key list reads as empty; its own error is the one to mend.
        bool unknown = r.IsBad("client_api_keys") || r.IsBad("api_key_mapping") || r.IsBad("client_keys") || r.IsBad("allow_anonymous") || r.IsBad("host");
        if (IsOpenRelay(options) && !unknown)
        {
            r.Report("host", $"\"{options.Host}\" lets anyone who reaches it spend the upstream key, because no client keys are configured",
                "Set client_api_keys (CLIENT_API_KEYS) or client_keys, or host 127.0.0.1, or allow_anonymous: true if that is meant.");
        }
    }

    /// <summary>A key that is mapped to a caller belongs to one provider; failing over would show it to another.</summary>
    private static void CheckMappedKeys(GatewayOptions options, NodeReader r)
    {
        bool isListed = options.ClientKeys.Any(static key => key is { Enabled: true, UpstreamKey: not null });
        if (options.ApiKeyMapping.Count == 0 && !isListed)
        {
            return;
        }

        string[] hosts = [.. options.Instances
            .Where(static instance => instance is { Enabled: true, Auth: not InstanceAuth.Entra, ApiBase: not null })
            .Select(static instance => instance.ApiBase.Host).Distinct(StringComparer.OrdinalIgnoreCase)];
        if (hosts.Length > 1 && !r.IsBad("instances"))
        {
            r.Report(options.ApiKeyMapping.Count > 0 ? "api_key_mapping" : "client_keys",
                $"upstream keys are mapped to clients, and the instances lie on more than one host ({hosts[0]} and {hosts[1]}): each would be shown keys of the other",
                "Run one gateway per provider, or give the instances keys of their own (instances[].api_key) and list the clients without upstream keys.");
        }
    }

    private static void CheckSizes(GatewayOptions options, NodeReader r)
    {
        LimitOptions limits = options.Limits;
        (string, long)[] larger =
        [
            ("max_upload_bytes", limits.MaxUploadBytes), ("buffered_bytes", limits.BufferedBytes), ("spilled_bytes", limits.SpilledBytes),
        ];
        foreach ((string key, long bytes) in larger)
        {
            if (bytes < limits.MaxBodyBytes && !r.IsBad("limits"))
            {
                r.Report($"limits.{key}", $"{Sizes.Format(bytes)} is less than limits.max_body_bytes, {Sizes.Format(limits.MaxBodyBytes)}",
                    "Raise the one or lower the other.");
            }
        }
    }

    private static void CheckDelays(GatewayOptions options, NodeReader r)
    {
        RetryOptions retries = options.Retries;
        if (retries.MaxDelay < retries.BaseDelay && !r.IsBad("retries"))
        {
            r.Report("retries.max_delay",
                $"{Durations.Format(retries.MaxDelay)} is less than retries.base_delay, {Durations.Format(retries.BaseDelay)}",
                "Raise the one or lower the other.");
        }
    }

    private static string At(string list, int index, string key) => string.Create(CultureInfo.InvariantCulture, $"{list}[{index}].{key}");
}
