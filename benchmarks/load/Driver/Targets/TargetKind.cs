namespace Load.Driver.Targets;

/// <summary>Which program is under test.</summary>
internal enum TargetKind
{
    Gateway,
    Bare,
    Nginx,

    /// <summary>The simulator, with nothing in front of it.</summary>
    Upstream,
}
