using System.Runtime.InteropServices;

namespace Load.Driver.Processes;

/// <summary>The calls for which .NET has no face. Linux only, as the load runs are.</summary>
internal static partial class LibC
{
    public const int OpenFiles = 7;

    public const int Kill = 9;

    public const int Terminate = 15;

    public const int Continue = 18;

    public const int Stop = 19;

    /// <summary>The clock that counts the CPU time of all threads of another process, ended ones included.</summary>
    [LibraryImport("libc")]
    public static partial int clock_getcpuclockid(int processId, out int clockId);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int clock_gettime(int clockId, out TimeSpec time);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int getrlimit(int resource, out ResourceLimit limit);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setrlimit(int resource, in ResourceLimit limit);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int kill(int processId, int signal);

    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct ResourceLimit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
