namespace Gateway.Scheduling;

/// <summary>What became of the wish to take an item out.</summary>
public enum EvictionResult
{
    /// <summary>It waited, and was taken out.</summary>
    Removed,

    /// <summary>It does not wait in its lane: an attempt of it holds a slot.</summary>
    Running,

    /// <summary>There is no such item: it never was, or its submitter has its end.</summary>
    Unknown,
}
