namespace UpstreamSimulator.Answering;

/// <summary>Ends a request by a scripted fault; thrown so that no operation can forget it.</summary>
internal sealed class Fault(bool reset) : Exception("scripted fault")
{
    /// <summary>The connection is reset; otherwise it is closed after what was written, the answer's end missing.</summary>
    public bool Reset { get; } = reset;
}
