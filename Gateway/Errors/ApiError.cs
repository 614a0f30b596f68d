namespace Gateway.Errors;

/// <summary>An error as the API shows it.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Type">OpenAI's error type.</param>
/// <param name="Code">OpenAI's error code; null where it has none.</param>
/// <param name="Message">What is wrong and what to do about it.</param>
internal sealed record ApiError(int Status, string Type, string? Code, string Message);
