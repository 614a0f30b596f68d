using System.Globalization;

namespace Load.Driver.Processes;

/// <summary>CPU time and resident memory of a process and its children (nginx does its work in a worker).</summary>
internal sealed class ProcessMeter(int processId)
{
    private readonly List<int> _processes = [];

    /// <summary>
    /// The kernel's CPU clocks of the processes: the same sum as utime + stime of <c>/proc/pid/stat</c>, which is rounded to ticks of 10 ms there.
    /// </summary>
    public TimeSpan CpuTime()
    {
        long nanoseconds = 0;
        foreach (int process in Processes())
        {
            if (LibC.clock_getcpuclockid(process, out int clock) != 0 || LibC.clock_gettime(clock, out LibC.TimeSpec time) != 0)
                throw new InvalidOperationException($"no CPU clock for process {process}: it has ended");
            nanoseconds += (time.Seconds * 1_000_000_000) + time.Nanoseconds;
        }

        return TimeSpan.FromTicks(nanoseconds / 100);
    }

    public long ResidentBytes()
    {
        long pages = 0;
        foreach (int process in Processes())
            pages += long.Parse(File.ReadAllText($"/proc/{process}/statm").Split(' ')[1], CultureInfo.InvariantCulture);
        return pages * Environment.SystemPageSize;
    }

    private List<int> Processes()
    {
        // Children appear after the start and then stay, so they are looked up until there are some.
        if (_processes.Count <= 1)
        {
            _processes.Clear();
            _processes.Add(processId);
            string children = File.ReadAllText($"/proc/{processId}/task/{processId}/children");
            foreach (string child in children.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                _processes.Add(int.Parse(child, CultureInfo.InvariantCulture));
        }

        return _processes;
    }
}
