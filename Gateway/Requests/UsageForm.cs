namespace Gateway.Requests;

/// <summary>What has to be written for a streaming request to ask for its usage.</summary>
internal enum UsageForm : byte
{
    /// <summary>Nothing: it asks already, or it is no such request.</summary>
    None,

    /// <summary>The whole member, behind another one.</summary>
    Member,

    /// <summary>The value of <c>stream_options</c>.</summary>
    Object,

    /// <summary>The only member of <c>stream_options</c>.</summary>
    OnlyMember,

    /// <summary>A member of <c>stream_options</c>, before the others.</summary>
    FirstMember,

    /// <summary>The value of <c>include_usage</c>.</summary>
    Value,
}
