namespace Gateway.Configuration;

/// <summary>One reason not to start: where, what, and what to do about it. Never holds a secret value.</summary>
/// <param name="Key">Full key path such as <c>endpoints[1].port</c>, or a file or argument when no key is at fault.</param>
/// <param name="Message">What is wrong, with the offending values.</param>
/// <param name="Fix">What to write instead.</param>
internal sealed record ConfigurationError(string Key, string Message, string Fix)
{
    public override string ToString() => $"{Key}: {Message} {Fix}";
}
