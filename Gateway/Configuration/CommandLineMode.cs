namespace Gateway.Configuration;

/// <summary>What a start is for.</summary>
internal enum CommandLineMode
{
    /// <summary>Serve requests.</summary>
    Run,

    /// <summary>Check and print the configuration.</summary>
    Check,

    /// <summary>Ask a gateway that runs whether it lives.</summary>
    Health,

    Help,

    Version,

    /// <summary>Print the JSON schema; for <c>make</c>, so it stands in no usage text.</summary>
    Schema,
}
