namespace Gateway.Configuration;

/// <summary>What of a new configuration can take effect while the listeners stay as they are. Pure.</summary>
internal static class ReloadPolicy
{
    /// <summary>The new options with the parts that need a restart kept as they were, and the keys of those that differ.</summary>
    public static (GatewayOptions Options, IReadOnlyList<string> NeedRestart) Merge(GatewayOptions current, GatewayOptions next)
    {
        IReadOnlyList<EndpointOptions> endpoints = Endpoints(
            current.Endpoints, next.Endpoints, out bool samePorts, out bool samePriorities, out bool sameNames);
        (string Key, bool IsSame)[] fixedKeys =
        [
            ("host", next.Host == current.Host),
            ("management_port", next.ManagementPort == current.ManagementPort),
            ("limits.max_connections", next.Limits.MaxConnections == current.Limits.MaxConnections),
            ("redis_url", next.RedisUrl == current.RedisUrl),
            ("otlp_endpoint", next.OtlpEndpoint == current.OtlpEndpoint),
            ("state_file", next.StateFile == current.StateFile),
            ("scheduling.release_delay", next.Scheduling.ReleaseDelay == current.Scheduling.ReleaseDelay),
            ("scheduling.cancel_confirm_timeout", next.Scheduling.CancelConfirmTimeout == current.Scheduling.CancelConfirmTimeout),
            ("retries.budget", next.Retries.Budget.Equals(current.Retries.Budget)),
            ("endpoints[].port", samePorts),
            ("endpoints[].priority", samePriorities),
            ("endpoints[].name", sameNames),
        ];
        GatewayOptions merged = next with
        {
            Host = current.Host,
            ManagementPort = current.ManagementPort,
            RedisUrl = current.RedisUrl,
            OtlpEndpoint = current.OtlpEndpoint,
            StateFile = current.StateFile,
            Limits = next.Limits with { MaxConnections = current.Limits.MaxConnections },
            Scheduling = next.Scheduling with
            {
                ReleaseDelay = current.Scheduling.ReleaseDelay,
                CancelConfirmTimeout = current.Scheduling.CancelConfirmTimeout,
            },
            Retries = next.Retries with { Budget = current.Retries.Budget },
            Endpoints = endpoints,
        };
        return (merged, [.. fixedKeys.Where(static key => !key.IsSame).Select(static key => key.Key)]);
    }

    /// <summary>The open ports in their order, each with its new policy where the new configuration has one for it.</summary>
    private static List<EndpointOptions> Endpoints(
        IReadOnlyList<EndpointOptions> current, IReadOnlyList<EndpointOptions> next, out bool samePorts, out bool samePriorities, out bool sameNames)
    {
        List<EndpointOptions> left = [.. next];
        var merged = new List<EndpointOptions>(current.Count);
        samePorts = current.Count == next.Count;
        samePriorities = sameNames = true;
        foreach (EndpointOptions open in current)
        {
            // Several may be 0 = any free port; those pair up in their order.
            int match = left.FindIndex(endpoint => endpoint.Port == open.Port);
            samePorts &= match >= 0;
            samePriorities &= match < 0 || left[match].Priority == open.Priority;
            sameNames &= match < 0 || left[match].Name == open.Name;
            merged.Add(match < 0 ? open : left[match] with { Priority = open.Priority, Name = open.Name });
            if (match >= 0)
            {
                left.RemoveAt(match);
            }
        }

        return merged;
    }
}
