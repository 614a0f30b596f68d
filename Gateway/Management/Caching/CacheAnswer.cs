using System.ComponentModel;

namespace Gateway.Management.Caching;

/// <summary>What was taken out of the cache.</summary>
/// <param name="Message">In words.</param>
/// <param name="Removed">Answers that were there.</param>
internal sealed record CacheAnswer(string Message, [property: Description("Answers that were kept and are no longer; those under way do not count.")] long Removed);
