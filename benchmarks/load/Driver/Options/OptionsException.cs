namespace Load.Driver.Options;

/// <summary>The command line is wrong; the message says what and how to mend it.</summary>
internal sealed class OptionsException(string message) : Exception(message);
