namespace Gateway.Scheduling;

/// <summary>Where an item may go from now on.</summary>
/// <param name="Item">An item that was submitted.</param>
/// <param name="Instances">The instances able to serve it.</param>
public readonly record struct ItemRoute(WorkItem Item, InstanceSet Instances);
