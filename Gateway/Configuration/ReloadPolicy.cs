namespace Gateway.Configuration;

/// <summary>What of a new configuration can take effect while the listeners stay as they are. Pure.</summary>
internal static class ReloadPolicy
{
    /// <summary>The new options with the parts that need a restart kept as they were, and the keys of those that differ.</summary>
    public static (GatewayOptions Options, IReadOnlyList<string> NeedRestart) Merge(GatewayOptions current, GatewayOptions next)
    {
        var differing = new List<string>();
        if (next.Host != current.Host)
        {
            differing.Add("host");
        }

        if (next.ManagementPort != current.ManagementPort)
        {
            differing.Add("management_port");
        }

        if (next.Limits.MaxConnections != current.Limits.MaxConnections)
        {
            differing.Add("limits.max_connections");
        }

        IReadOnlyList<EndpointOptions> endpoints = Endpoints(current.Endpoints, next.Endpoints, out bool samePorts);
        if (!samePorts)
        {
            differing.Add("endpoints[].port");
        }

        GatewayOptions merged = next with
        {
            Host = current.Host,
            ManagementPort = current.ManagementPort,
            Limits = next.Limits with { MaxConnections = current.Limits.MaxConnections },
            Endpoints = endpoints,
        };
        return (merged, differing);
    }

    /// <summary>The open ports in their order, each with its new policy where the new configuration has one for it.</summary>
    private static List<EndpointOptions> Endpoints(IReadOnlyList<EndpointOptions> current, IReadOnlyList<EndpointOptions> next, out bool samePorts)
    {
        List<EndpointOptions> left = [.. next];
        var merged = new List<EndpointOptions>(current.Count);
        samePorts = current.Count == next.Count;
        foreach (EndpointOptions open in current)
        {
            // Several may be 0 = any free port; those pair up in their order.
            int match = left.FindIndex(endpoint => endpoint.Port == open.Port);
            samePorts &= match >= 0;
            merged.Add(match < 0 ? open : left[match]);
            if (match >= 0)
            {
                left.RemoveAt(match);
            }
        }

        return merged;
    }
}
