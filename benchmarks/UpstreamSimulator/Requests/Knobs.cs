namespace UpstreamSimulator.Requests;

/// <summary>What one request wants from the simulator.</summary>
internal sealed class Knobs
{
    public double TtftMs { get; set; }

    public int Tokens { get; set; }

    public double TokensPerSecond { get; set; }

    /// <summary>0: the ordinary answer.</summary>
    public int Status { get; set; }

    public string RetryAfter { get; set; } = "";

    public string ErrorCode { get; set; } = "";

    public string ErrorMessage { get; set; } = "";

    public FailKind Fail { get; set; }

    /// <summary>The number behind the colon of <see cref="Fail"/>.</summary>
    public long FailAfter { get; set; }

    /// <summary>How many calls of this nonce get the status or fault; 0: all.</summary>
    public int FailTimes { get; set; }

    public double IgnoreAbortMs { get; set; }

    /// <summary>Head, a comment and the role chunk are sent before the wait for the first token.</summary>
    public bool EarlyHead { get; set; }

    /// <summary>Turns the scripted status and fault off.</summary>
    public void Succeed()
    {
        Status = 0;
        Fail = FailKind.None;
    }
}
