namespace Gateway.Tests.Support;

/// <summary>Reads a whole body within the time that a test has; throws when the transfer is broken.</summary>
internal static class BodyExtensions
{
    public static Task<string> TextAsync(this HttpResponseMessage answer) => answer.Content.ReadAsStringAsync(Rig.Cancel).Soon();

    public static Task<byte[]> BytesAsync(this HttpResponseMessage answer) => answer.Content.ReadAsByteArrayAsync(Rig.Cancel).Soon();
}
