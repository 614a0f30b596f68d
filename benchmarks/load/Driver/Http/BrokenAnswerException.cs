namespace Load.Driver.Http;

/// <summary>The answer is not what was asked for: cut, malformed, or of the wrong status or length.</summary>
internal sealed class BrokenAnswerException(string message) : Exception(message);
