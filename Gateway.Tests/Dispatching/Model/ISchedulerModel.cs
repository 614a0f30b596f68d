using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>Something that takes events and gives effects: the core, the reference, or a broken reference.</summary>
internal interface ISchedulerModel
{
    /// <summary>Takes one event; appends the effects, timers left out.</summary>
    void Step(in Act act, long now, List<Fx> effects);

    /// <summary>When it wants to be ticked; null when it arms no timers.</summary>
    long? ArmedAt { get; }

    int LiveItems { get; }

    ItemState StateOf(int item);

    /// <summary>The tier it is in.</summary>
    int PriorityOf(int item);

    /// <summary>Attempts after failures.</summary>
    int RetriesOf(int item);

    /// <summary>What is left of the retry budget; one retry is as much as there are ticks in 10 s.</summary>
    long SavedRetries { get; }

    SlotCounts CountsOf(int instance);
}
