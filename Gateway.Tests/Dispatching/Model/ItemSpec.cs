using Gateway.Scheduling;

namespace Gateway.Tests.Dispatching.Model;

/// <summary>One item as its submitter describes it. Ids count from 0 in the order of submission.</summary>
internal sealed record ItemSpec(int Id, TierPolicy Policy, InstanceSet Instances, long Bytes, TimeSpan? CallerDeadline);
