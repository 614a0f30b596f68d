using Gateway.Management.Instances;

namespace Gateway.Management.Dashboard.Feed;

/// <summary>What has happened between two frames. Pure.</summary>
internal static class FrameEvents
{
    public static IEnumerable<LiveEvent> Between(Frame before, Frame now)
    {
        Dictionary<long, FrameItem> earlier = before.Items.ToDictionary(static item => item.Id);
        ILookup<int, FrameItem> items = now.Items.ToLookup(static item => item.Tier);
        if (now.Draining && !before.Draining)
        {
            yield return new LiveEvent { Kind = LiveEventKind.Draining };
        }

        foreach ((FrameTier tier, FrameTier old) in now.Tiers.Join(before.Tiers, static tier => tier.Priority, static tier => tier.Priority, static (a, b) => (a, b)))
        {
            if (tier.Paused != old.Paused)
            {
                yield return new LiveEvent { Kind = tier.Paused ? LiveEventKind.TierPaused : LiveEventKind.TierResumed, Tier = tier.Priority };
            }

            foreach (LiveEvent happened in (IEnumerable<LiveEvent>)
                [
                    .. Calls(LiveEventKind.Preempted, tier.Priority, tier.Preempted - old.Preempted, items[tier.Priority], earlier, static item => item.Interrupted),
                    .. Calls(LiveEventKind.Retried, tier.Priority, tier.Retried - old.Retried, items[tier.Priority], earlier, static item => item.Retries),
                ])
            {
                yield return happened;
            }
        }

        foreach ((FrameInstance instance, FrameInstance old) in now.Instances.Join(before.Instances, static instance => instance.Name, static instance => instance.Name, static (a, b) => (a, b)))
        {
            if (KindOf(instance, old) is { } kind)
            {
                yield return new LiveEvent { Kind = kind, Instance = instance.Name, Reason = instance.Reason };
            }
        }
    }

    /// <summary>The totals know of all; a request may have come and gone between two frames, or stand where no frame shows it.</summary>
    private static IEnumerable<LiveEvent> Calls(
        LiveEventKind kind, int tier, long left, IEnumerable<FrameItem> items, Dictionary<long, FrameItem> earlier, Func<FrameItem, int> times)
    {
        foreach (FrameItem item in items)
        {
            FrameItem? then = earlier.GetValueOrDefault(item.Id);
            if (left > 0 && times(item) > (then is null ? 0 : times(then)))
            {
                left--;
                yield return new LiveEvent
                {
                    Kind = kind,
                    Tier = tier,
                    By = kind == LiveEventKind.Preempted ? item.By : null,
                    Item = item.Id,
                    RequestId = item.RequestId,
                    Instance = then?.Instance,
                    Model = item.Model,
                };
            }
        }

        if (left > 0)
        {
            yield return new LiveEvent { Kind = kind, Tier = tier, Count = left };
        }
    }

    private static LiveEventKind? KindOf(FrameInstance now, FrameInstance before)
    {
        if ((now.Status == InstanceStatus.Disabled) != (before.Status == InstanceStatus.Disabled))
        {
            return now.Status == InstanceStatus.Disabled ? LiveEventKind.InstanceDisabled : LiveEventKind.InstanceEnabled;
        }

        if (now.Health != before.Health)
        {
            return now.Health switch
            {
                HealthStatus.Healthy => LiveEventKind.InstanceUp,
                HealthStatus.Recovering => LiveEventKind.InstanceRecovering,
                _ => LiveEventKind.InstanceDown,
            };
        }

        return now.Status == InstanceStatus.Paused && before.Status != InstanceStatus.Paused ? LiveEventKind.InstancePaused : null;
    }
}
