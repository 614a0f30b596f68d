using Gateway.Requests;

namespace Gateway.Management;

/// <summary>Refuses a parameter that the route does not know: without it, the route would do something else than was asked, and more.</summary>
internal static class KnownQuery
{
    public static RequestDelegate Demand(IReadOnlyList<string> known, RequestDelegate handler)
    {
        string which = known.Count == 0 ? "This route takes no parameters." : $"This route knows {string.Join(", ", known.Select(static name => $"\"{name}\""))} and no other parameter.";
        return context => context.Request.Query.Keys.All(sent => known.Contains(sent, StringComparer.OrdinalIgnoreCase))
            ? handler(context)
            : Exchange.Of(context).Fail(new RequestError(Outcome.QueryRefused, which));
    }
}
