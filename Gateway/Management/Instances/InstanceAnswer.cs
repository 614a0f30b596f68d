using System.ComponentModel;
using System.Text.Json.Nodes;

namespace Gateway.Management.Instances;

/// <summary>Everything about one instance, except its key.</summary>
internal sealed record InstanceAnswer
{
    public required string Name { get; init; }

    [Description("As configured, with changes made at run time; api_key_configured stands for the key.")]
    public required JsonObject Config { get; init; }

    public required InstanceSlots State { get; init; }

    public required InstanceHealthView Health { get; init; }

    public required InstanceUsageView Usage { get; init; }

    public required InstanceErrors Errors { get; init; }
}
