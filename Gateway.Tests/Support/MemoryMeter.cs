namespace Gateway.Tests.Support;

/// <summary>How much the whole process (gateway, upstream and caller) has grown, looked at as often as the test does.</summary>
internal sealed class MemoryMeter
{
    private readonly long _before = Now();
    private long _most;

    public double MostMiB => Volatile.Read(ref _most) / (1024.0 * 1024.0);

    public void Look()
    {
        long grown = Environment.WorkingSet - _before;
        long most;
        while (grown > (most = Volatile.Read(ref _most)) && Interlocked.CompareExchange(ref _most, grown, most) != most)
        {
        }
    }

    private static long Now()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Environment.WorkingSet;
    }
}
