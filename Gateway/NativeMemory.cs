using System.Runtime.InteropServices;

namespace Gateway;

/// <summary>
/// The memory that the C library gives to the runtime's compiler, to zlib and to OpenSSL. glibc hands it out from up to eight arenas a core, and what
/// is freed stays in its arena: under mixed traffic each of them grows towards the largest need there was, whichever thread had it.
/// </summary>
internal static class NativeMemory
{
    /// <summary>M_ARENA_MAX of malloc.h.</summary>
    private const int ArenaMax = -8;

    /// <summary>The hot path takes nothing from there, so nobody waits for another.</summary>
    private const int Arenas = 2;

    private delegate int SetOption(int option, int value);

    /// <summary>Call first of all: arenas that are there stay. Does nothing without glibc, and where MALLOC_ARENA_MAX says what is wanted.</summary>
    public static void LimitArenas()
    {
        if (Environment.GetEnvironmentVariable("MALLOC_ARENA_MAX") is null
            && NativeLibrary.TryLoad("libc.so.6", out nint library)
            && NativeLibrary.TryGetExport(library, "mallopt", out nint function))
        {
            Marshal.GetDelegateForFunctionPointer<SetOption>(function)(ArenaMax, Arenas);
        }
    }
}
