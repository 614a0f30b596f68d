using Gateway.Scheduling;

namespace Gateway.Listeners;

/// <summary>One Kestrel port with its policy. A reload replaces the policy; requests under way keep the one they arrived under.</summary>
internal sealed class Listener(int index, int port, string name, TierPolicy policy)
{
    private volatile TierPolicy _policy = policy;

    public int Index { get; } = index;

    /// <summary>The configured port; 0 lets the system pick one.</summary>
    public int Port { get; } = port;

    /// <summary>What people call it: the configured name, else the port.</summary>
    public string Name { get; } = name;

    /// <summary>Both, unless management has a port of its own.</summary>
    public ListenerRoles Roles { get; init; } = ListenerRoles.Api | ListenerRoles.Management;

    public bool ServesApi => (Roles & ListenerRoles.Api) != 0;

    public bool ServesManagement => (Roles & ListenerRoles.Management) != 0;

    public TierPolicy Policy
    {
        get => _policy;
        set => _policy = value;
    }
}
