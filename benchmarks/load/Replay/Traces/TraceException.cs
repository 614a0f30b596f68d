namespace Load.Replay;

/// <summary>The trace cannot be used; the message tells its reader what to mend.</summary>
internal sealed class TraceException(string message) : Exception(message);
