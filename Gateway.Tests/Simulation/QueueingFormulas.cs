namespace Gateway.Tests.Simulation;

/// <summary>
/// What is known exactly of M/M/c queues with priorities. Response is waiting and service; <c>arrivals</c> holds a rate per tier, most
/// urgent first.
/// </summary>
internal static class QueueingFormulas
{
    /// <summary>Preemptive-resume, equal mean service in all tiers (Buzen and Bondi 1983).</summary>
    public static double PreemptiveResponse(int servers, IReadOnlyList<double> arrivals, double serviceRate, int tier)
    {
        double above = arrivals.Take(tier).Sum();
        double upTo = above + arrivals[tier];
        return ((upTo * FifoResponse(servers, upTo, serviceRate)) - (above * FifoResponse(servers, above, serviceRate))) / arrivals[tier];
    }

    /// <summary>Strict priority without preemption (Cobham 1954).</summary>
    public static double NonPreemptiveResponse(int servers, IReadOnlyList<double> arrivals, double serviceRate, int tier)
    {
        double capacity = servers * serviceRate;
        double loadAbove = arrivals.Take(tier).Sum() / capacity;
        double loadUpTo = loadAbove + (arrivals[tier] / capacity);
        double allBusy = ErlangC(servers, arrivals.Sum() / serviceRate);
        return (1 / serviceRate) + (allBusy / capacity / ((1 - loadAbove) * (1 - loadUpTo)));
    }

    /// <summary>One server, exponential service, interrupted work is done again: the wasted share of its slot time.</summary>
    public static double WastedShareExponential(double interruptionRate, double serviceRate) => interruptionRate / serviceRate;

    /// <summary>The same with a service time that is always 1.</summary>
    public static double WastedShareUnit(double interruptionRate) => 1 - (interruptionRate / (Math.Exp(interruptionRate) - 1));

    private static double FifoResponse(int servers, double arrivalRate, double serviceRate) =>
        (1 / serviceRate) + (ErlangC(servers, arrivalRate / serviceRate) / ((servers * serviceRate) - arrivalRate));

    /// <summary>Probability that an arrival finds all servers busy, by the recursion of Erlang B.</summary>
    private static double ErlangC(int servers, double offered)
    {
        double blocked = 1;
        for (int n = 1; n <= servers; n++)
        {
            blocked = offered * blocked / (n + (offered * blocked));
        }

        double load = offered / servers;
        return blocked / (1 - (load * (1 - blocked)));
    }
}
