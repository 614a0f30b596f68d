using System.Runtime.InteropServices;

namespace Gateway.Configuration;

/// <summary>
/// Tells files from devices, pipes, sockets and folders, of which none may be read, moved or replaced as if it were one. The framework does not tell, and to
/// open a pipe is to wait for whoever is at its other end.
/// </summary>
internal static class RegularFile
{
    // Of fcntl.h and stat.h.
    private const int WorkingDirectory = -100;
    private const uint AskForType = 1;
    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;

    /// <summary>Of the answer, which the kernel lays out alike on all processors; the two bytes of the mode, type included, begin there.</summary>
    private const int AnswerLength = 256;
    private const int ModeAt = 28;

    private static readonly Ask? Kernel = FindAsk();

    private delegate int Ask(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] answer);

    /// <summary>Something is there, behind all links, and it is no regular file. Where the system cannot be asked, only folders are known.</summary>
    public static bool IsSomethingElse(string path)
    {
        byte[] answer = new byte[AnswerLength];
        return Kernel is null || Kernel(WorkingDirectory, path, 0, AskForType, answer) != 0
            ? Directory.Exists(path)
            : (BitConverter.ToUInt16(answer, ModeAt) & TypeMask) != Regular;
    }

    /// <exception cref="IOException">Something else is there.</exception>
    public static void Demand(string path)
    {
        if (IsSomethingElse(path))
        {
            throw new IOException($"{path} is no regular file.");
        }
    }

    private static Ask? FindAsk() =>
        OperatingSystem.IsLinux()
        && (NativeLibrary.TryLoad("libc.so.6", out nint library) || NativeLibrary.TryLoad("libc.so", out library))
        && NativeLibrary.TryGetExport(library, "statx", out nint function)
            ? Marshal.GetDelegateForFunctionPointer<Ask>(function)
            : null;
}
