namespace Load.Driver.Processes;

/// <summary>How many files and sockets a process may hold; child processes inherit it.</summary>
internal static class DescriptorLimit
{
    /// <summary>Raises the limit as far as this user may, and returns what it is then.</summary>
    public static long Raise(long wanted)
    {
        if (LibC.getrlimit(LibC.OpenFiles, out LibC.ResourceLimit limit) != 0)
            return 0;

        // Only a privileged user may lift the hard limit; for everyone else the second call is the one that counts.
        ulong target = (ulong)wanted;
        if (limit.Hard < target && LibC.setrlimit(LibC.OpenFiles, new LibC.ResourceLimit { Soft = target, Hard = target }) == 0)
            return wanted;
        if (limit.Soft < limit.Hard && LibC.setrlimit(LibC.OpenFiles, limit with { Soft = limit.Hard }) == 0)
            limit.Soft = limit.Hard;
        return (long)Math.Min(limit.Soft, long.MaxValue);
    }
}
