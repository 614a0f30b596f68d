namespace Gateway.Recording.Logs;

/// <summary>One line of the log: either a message with its fields, or an access record.</summary>
internal readonly record struct LogEntry(
    DateTimeOffset Time, LogLevel Level, EventId Event, string Category, string Message,
    IReadOnlyList<KeyValuePair<string, object?>>? Fields, Exception? Exception, AccessRecord? Access);
