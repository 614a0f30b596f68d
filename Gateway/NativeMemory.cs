using System.Runtime.InteropServices;

namespace Gateway;

/// <summary>
/// The memory that the C library gives to the runtime's compiler, to zlib and to OpenSSL. glibc hands it out from up to eight arenas a core, and what
/// is freed stays there: it learns from each large block that such blocks should be kept. Under mixed traffic that grew by 15 MB in half an hour.
/// </summary>
internal static class NativeMemory
{
    // Of malloc.h.
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;
    private const int ArenaMax = -8;

    /// <summary>The hot path takes nothing from there, so nobody waits for another.</summary>
    private const int Arenas = 2;

    /// <summary>Bytes from which on a block, or what is free at an arena's end, goes back to the system: glibc's own first setting, kept.</summary>
    private const int Large = 128 * 1024;

    private delegate int SetOption(int option, int value);

    /// <summary>Call first of all: arenas that are there stay. Does nothing without glibc, and where MALLOC_ARENA_MAX says what is wanted.</summary>
    public static void Limit()
    {
        if (Environment.GetEnvironmentVariable("MALLOC_ARENA_MAX") is null
            && NativeLibrary.TryLoad("libc.so.6", out nint library)
            && NativeLibrary.TryGetExport(library, "mallopt", out nint function))
        {
            var set = Marshal.GetDelegateForFunctionPointer<SetOption>(function);
            set(ArenaMax, Arenas);
            set(MmapThreshold, Large);
            set(TrimThreshold, Large);
        }
    }
}
