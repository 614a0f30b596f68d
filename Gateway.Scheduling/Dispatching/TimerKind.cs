namespace Gateway.Scheduling;

internal enum TimerKind
{
    /// <summary>The item has waited as long as its tier or caller allows.</summary>
    WaitLimit,

    /// <summary>The item's patience is over: it may interrupt others.</summary>
    Patience,

    /// <summary>The item's retry is due.</summary>
    Wake,

    /// <summary>The end of a cancelled attempt is overdue.</summary>
    CancelConfirm,

    /// <summary>A slot has rested its release delay.</summary>
    Cooled,
}
