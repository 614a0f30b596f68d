namespace Load.Driver.Targets;

/// <summary>What is configured for a gateway under test beyond its instances.</summary>
internal enum GatewayShape
{
    /// <summary>Nothing.</summary>
    Plain,

    /// <summary>Its instances are Azure's: answers are edited on the way.</summary>
    Azure,

    /// <summary>Keys of its own for clients, limits on their requests and tokens: every prompt is counted, every stream asked for its usage.</summary>
    Limited,

    /// <summary>Everything that lets somebody see it: InfluxDB, and OpenTelemetry by OTLP.</summary>
    Observed,
}
