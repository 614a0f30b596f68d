using Gateway.Scheduling;

namespace Demo.Observing;

/// <summary>Everything known at one instant. Pictures, event lines and the summary are all drawn from this.</summary>
/// <param name="Now">The instant.</param>
/// <param name="Rows">All requests of the show.</param>
/// <param name="Scheduler">The scheduler's own view.</param>
internal sealed record Timeline(TimeSpan Now, IReadOnlyList<Row> Rows, SchedulerSnapshot Scheduler)
{
    /// <summary>All interruptions so far whose reason is known too, in order.</summary>
    public IReadOnlyList<Interruption> Interruptions { get; } =
    [
        .. from row in Rows
           from call in row.Calls
           where call.IsInterrupted
           let heir = Heir(Rows, row, call)
           where heir is not null
           orderby call.End
           select new Interruption(row, call, heir),
    ];

    /// <summary>Who got the slot: the first more urgent call that reached the server once the interrupted one had left it.</summary>
    private static Row? Heir(IReadOnlyList<Row> rows, Row victim, ServerCall interrupted) =>
        (from row in rows
         where row.Request.Tier < victim.Request.Tier
         from call in row.Calls
         where call.Start >= interrupted.End
         orderby call.Start
         select row).FirstOrDefault();
}
