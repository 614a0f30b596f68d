namespace Gateway.Tests.Support;

/// <summary>Every await of a test has a limit.</summary>
internal static class WaitExtensions
{
    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Rig.Guard, Rig.Cancel);

    public static Task Soon(this Task task) => task.WaitAsync(Rig.Guard, Rig.Cancel);

    /// <summary>The whole body; throws when the transfer is broken.</summary>
    public static Task<string> TextAsync(this HttpResponseMessage answer) => answer.Content.ReadAsStringAsync(Rig.Cancel).Soon();

    public static Task<byte[]> BytesAsync(this HttpResponseMessage answer) => answer.Content.ReadAsByteArrayAsync(Rig.Cancel).Soon();
}
