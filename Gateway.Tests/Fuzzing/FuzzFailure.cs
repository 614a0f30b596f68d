namespace Gateway.Tests.Fuzzing;

/// <summary>An input that violates what must hold.</summary>
internal sealed class FuzzFailure(byte[] input, string message, Exception cause) : Exception(message, cause)
{
    /// <summary>As short as it could be made.</summary>
    public byte[] Input { get; } = input;
}
