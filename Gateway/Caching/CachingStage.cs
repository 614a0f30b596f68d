using System.Diagnostics.CodeAnalysis;
using Gateway.Configuration;
using Gateway.Requests;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Caching;

/// <summary>
/// Gives what was answered before, and makes one call for all who ask the same at once. What it lets through is not touched.
/// </summary>
internal sealed class CachingStage(OptionsSnapshot options, IAnswerStore store, FlightTable flights, AnswerKeeper keeper, TimeProvider time)
{
    private volatile UpstreamScope _scope = new(options.Current);

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        GatewayOptions current = options.Current;
        if (!current.Cache.Enabled)
        {
            return next(context);
        }

        Exchange exchange = Exchange.Of(context);
        exchange.Record.Cache = CacheState.Bypass;
        CacheDecision decision = CacheRules.Decide(current.Cache, context.Request.Method, context.Request.Headers, exchange.Route!, exchange.Request!);
        if (decision.Use == CacheUse.None)
        {
            return next(context);
        }

        decision = decision with { Scope = ScopeOf(current) };
        CacheKey key = CacheKeyHash.Of(context.Request, exchange.Caller, exchange.Request!, decision.Scope.Digest);
        context.Response.Headers["X-Cache-Key"] = key.ToString();
        return decision.Use == CacheUse.Refresh
            ? RefreshAsync(context, next, exchange, key, decision)
            : AnswerAsync(context, next, exchange, key, decision);
    }

    private async Task AnswerAsync(HttpContext context, RequestDelegate next, Exchange exchange, CacheKey key, CacheDecision decision)
    {
        long since = time.GetTimestamp();
        DateTimeOffset now = exchange.Record.StartedAt + time.GetElapsedTime(exchange.Record.Started, since);
        while (true)
        {
            long landings = flights.Landings;
            if (await FindAsync(key, decision, now) is { } kept && kept.TryHold())
            {
                exchange.Record.Cache = CacheState.Hit;
                try
                {
                    await CallerResponse.WriteAsync(context.Response, exchange, kept);
                }
                finally
                {
                    kept.LetGo();
                }

                return;
            }

            (Flight flight, FlightMember member, bool isLeader) = flights.JoinOrLead(key, exchange);
            if (isLeader)
            {
                if (landings != flights.Landings && await FindAsync(key, decision, now) is not null)
                {
                    // Stored between our look into the store and the one into the table.
                    flights.Remove(flight);
                    flight.Complete(FlightEnd.LeaderOnly, head: null);
                    flight.Leave(member);
                    continue;
                }

                exchange.Record.Cache = CacheState.Miss;
                await LeadAsync(context, next, exchange, flight, member, decision);
                return;
            }

            exchange.Record.Cache = CacheState.Shared;
            if (await FollowAsync(context, exchange, flight, member, since))
            {
                return;
            }
        }
    }

    private Task RefreshAsync(HttpContext context, RequestDelegate next, Exchange exchange, CacheKey key, CacheDecision decision)
    {
        (Flight flight, FlightMember member) = flights.LeadAlone(key, exchange);
        return LeadAsync(context, next, exchange, flight, member, decision);
    }

    private async ValueTask<CachedAnswer?> FindAsync(CacheKey key, CacheDecision decision, DateTimeOffset now)
    {
        // A reload may have made answers too old, or of a status that is no longer kept.
        return await store.FindAsync(key) is { } kept
            && now - kept.StoredAt < decision.Ttl
            && options.Current.Cache.CacheableStatus.Contains(kept.Status) ? kept : null;
    }

    /// <summary>False when the flight ended for a reason that is not this request's.</summary>
    private async Task<bool> FollowAsync(HttpContext context, Exchange exchange, Flight flight, FlightMember member, long since)
    {
        FlightEnd end;
        try
        {
            end = await new CallerResponse(context.Features, exchange).ServeAsync(flight, member, isLeader: false);
        }
        finally
        {
            flight.Leave(member);
        }

        switch (end)
        {
            case FlightEnd.LeaderOnly when flight.Error is not { Outcome: Outcome.QueueExpired } || time.GetElapsedTime(since) < exchange.Policy.QueueTimeout:
                return false;
            case FlightEnd.Landed:
                exchange.Record.Outcome = Outcome.Relayed;
                return true;
            default:
                exchange.IsAtEventEnd = flight.IsAtEventEnd;
                await exchange.Fail(end == FlightEnd.None ? new RequestError(Outcome.CallerGone) : flight.Error!);
                return true;
        }
    }

    /// <summary>
    /// The later stages run here, on the leader's request, and see a response that goes to all members. The request stays until they are done,
    /// also when its own caller has left.
    /// </summary>
    private async Task LeadAsync(
        HttpContext context, RequestDelegate next, Exchange exchange, Flight flight, FlightMember member, CacheDecision decision)
    {
        var own = new CallerResponse(context.Features, exchange);
        var response = new FlightResponse(flight, own.Response);
        context.Features.Set<IHttpResponseFeature>(response);
        context.Features.Set<IHttpResponseBodyFeature>(response);
        context.Features.Set<IHttpRequestLifetimeFeature>(response);
        Task fetch = FetchAsync(context, next, exchange, flight, response, decision);
        FlightEnd end = FlightEnd.None;
        try
        {
            end = await own.ServeAsync(flight, member, isLeader: true);
        }
        finally
        {
            flight.Leave(member);
            await fetch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            context.Features.Set(own.Response);
            context.Features.Set(own.Body);
            context.Features.Set(own.Lifetime);
        }

        await fetch;
        if (end == FlightEnd.None)
        {
            await exchange.Fail(new RequestError(Outcome.CallerGone));
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever happens to the leader, nobody may wait for ever.")]
    private async Task FetchAsync(
        HttpContext context, RequestDelegate next, Exchange exchange, Flight flight, FlightResponse response, CacheDecision decision)
    {
        try
        {
            await next(context);
        }
        catch
        {
            Outcome outcome = flight.AllLeft.IsCancellationRequested ? Outcome.CallerGone : Outcome.Fault;
            flights.Remove(flight);
            flight.Complete(FlightEnd.Failed, head: null, new RequestError(outcome));
            flight.Release();
            throw;
        }

        if (exchange.Error is { } error)
        {
            bool isLeadersOwn = !response.HasStarted && IsLeadersOwn(error.Outcome, exchange.Record.Attempts);
            flights.Remove(flight);
            flight.Complete(isLeadersOwn ? FlightEnd.LeaderOnly : FlightEnd.Failed, head: null, error);
            flight.Release();
            return;
        }

        keeper.Land(flight, response.Start(), decision);
    }

    /// <summary>Without a call there is nothing to share; with one, these ends are still the leader's alone.</summary>
    private static bool IsLeadersOwn(Outcome outcome, int attempts) =>
        attempts == 0
        || outcome is Outcome.QueueExpired or Outcome.QueueFull or Outcome.CallerDeadline or Outcome.Removed or Outcome.TokenLimit or Outcome.RequestLimit;

    private UpstreamScope ScopeOf(GatewayOptions current)
    {
        UpstreamScope scope = _scope;
        return ReferenceEquals(scope.Options, current) ? scope : _scope = new UpstreamScope(current);
    }
}
