using Gateway.Requests;

namespace Gateway.Management;

/// <summary>Refuses what comes once a drain has begun, answers of the cache included: its caller is to go elsewhere, and not to stay on its connection.</summary>
internal sealed class DrainStage(DrainState drain)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        drain.IsLeaving ? Exchange.Of(context).Fail(new RequestError(Outcome.Draining)) : next(context);
}
