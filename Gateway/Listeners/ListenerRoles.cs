namespace Gateway.Listeners;

/// <summary>What a port answers, besides health.</summary>
[Flags]
internal enum ListenerRoles
{
    None = 0,

    /// <summary>The API: the port is a tier.</summary>
    Api = 1,

    /// <summary>The gateway's own routes, for whoever runs it.</summary>
    Management = 2,
}
