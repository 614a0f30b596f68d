namespace Gateway.Scheduling;

/// <summary>Why an attempt's token fired. The first reason stays.</summary>
public enum CancellationReason
{
    /// <summary>It did not.</summary>
    None,

    /// <summary>The caller went away.</summary>
    CallerGone,

    /// <summary>More urgent work needs the slot.</summary>
    Preempted,

    /// <summary>A time limit of the attempt itself passed.</summary>
    TimedOut,

    /// <summary>The drain limit passed.</summary>
    Draining,
}
