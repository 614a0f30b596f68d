using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>
/// The shares of each instance, counted from the grants alone: as long as the choice is always among the same instances, each one's
/// count is within one grant of its exact share at any moment, and exact whenever the weights' sum divides the grants.
/// </summary>
internal sealed class Turns(SchedulerOptions options)
{
    private readonly InstanceTraits[] _traits =
        [.. Enumerable.Range(0, Ledger.Instances).Select(i => i < options.InstanceTraits.Count ? options.InstanceTraits[i] : InstanceTraits.Default)];

    private readonly int[] _counts = new int[Ledger.Instances];
    private List<int>? _among;
    private bool _isMixed;

    public RoutingStrategy Strategy { get; private set; } = options.Routing;

    public InstanceTraits TraitsOf(int instance) => _traits[instance];

    public void Enter(in Act act)
    {
        bool starts = act.Kind == SchedulerEventKind.RoutingChanged ? act.Value != (long)Strategy : _traits[act.Instance].Weight != act.Traits!.Weight;
        if (act.Kind == SchedulerEventKind.RoutingChanged)
        {
            Strategy = (RoutingStrategy)act.Value;
        }
        else
        {
            _traits[act.Instance] = act.Traits!;
        }

        if (starts)
        {
            (_among, _isMixed) = (null, false);
            Array.Clear(_counts);
        }
    }

    /// <summary>Counts a grant; false when the shares are not what they must be. When the choice is not known for sure, nothing is until they start anew.</summary>
    public bool Count(List<int> among, int picked, bool isSure)
    {
        if (among.Count < 2 || _isMixed)
        {
            return true;
        }

        _isMixed = !isSure || (_among is not null && !_among.SequenceEqual(among));
        _among = among;
        _counts[picked]++;
        int sum = among.Sum(WeightOf), grants = _counts.Sum();
        return _isMixed || among.TrueForAll(i => Math.Abs((_counts[i] * sum) - (grants * WeightOf(i))) < (grants % sum == 0 ? 1 : sum));
    }

    private int WeightOf(int instance) => Strategy == RoutingStrategy.Weighted ? _traits[instance].Weight : 1;
}
