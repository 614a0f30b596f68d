using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>Makes the upstream calls of one request: sends it, relays the answer, and says how it ended. The scheduler decides what follows.</summary>
internal sealed class AttemptExecutor(
    HttpContext context, Exchange exchange, InstanceTable instances, TimeoutOptions timeouts, TimeProvider time, long arrived) : IAttemptExecutor
{
    /// <summary>Why the last attempt gave the caller no whole answer; null when it did.</summary>
    public RequestError? Error { get; private set; }

    public async ValueTask<AttemptResult> ExecuteAsync(Attempt attempt)
    {
        var connection = new AttemptConnection();
        UpstreamConnection.Follow(connection);
        exchange.Record.Attempts = attempt.Number;

        // A reload may have given the index to another instance while the request waited.
        AttemptVerdict verdict = instances.Find(attempt.Instance) is { } instance && instance.Serves(exchange.Request!.Facts.Model)
            ? await CallAsync(attempt, instance, connection)
            : Fail(Outcome.NoInstance);

        // Asked only now that the answer is disposed: a call cut short has let go of its connection by then.
        return new AttemptResult(verdict, connection.Ended);
    }

    private async Task<AttemptVerdict> CallAsync(Attempt attempt, InstanceState instance, AttemptConnection connection)
    {
        Error = null;
        exchange.Record.Failure = null;
        exchange.Record.Instance = instance.Name;
        exchange.Record.Queued = TimeSpan.FromTicks(attempt.Item.WaitedTicks);
        using var clock = new AttemptClock(attempt, time, timeouts, FirstByteLimit(instance.Options), arrived);
        using HttpRequestMessage request = UpstreamRequest.Create(context.Request, exchange, instance, clock.Active);
        if (exchange.Route!.IsWebSocket)
        {
            UpgradeRequest.Shape(request);
        }

        try
        {
            using HttpResponseMessage answer = await instance.Invoker.SendAsync(request, attempt.CancellationToken);
            clock.HeadArrived();
            if (AnswerHead.IsWebSocket(answer, exchange))
            {
                return await new RealtimeTunnel(context, exchange, attempt, clock, time).RunAsync(answer);
            }

            return Conclude(await new ResponseRelay(context, exchange, attempt, clock).RunAsync(answer));
        }
        catch (OperationCanceledException) when (attempt.CancellationToken.IsCancellationRequested)
        {
            return Stopped(attempt, clock);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or InvalidOperationException)
        {
            return attempt.CancellationToken.IsCancellationRequested ? Stopped(attempt, clock) : Failed(e);
        }
        finally
        {
            if (request.Content is ReplayContent { Written.IsCompleted: false } content)
            {
                connection.Abandon();
                await content.Written.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private AttemptVerdict Conclude(RelayEnd end)
    {
        switch (end)
        {
            case RelayEnd.Complete:
                exchange.Record.Outcome = Outcome.Relayed;
                return AttemptVerdict.Final;
            case RelayEnd.Revoked:
                return AttemptVerdict.Preempted;
            case RelayEnd.CallerGone:
                return Fail(Outcome.CallerGone);
            default:
                return Fail(Outcome.UpstreamCut);
        }
    }

    /// <summary>The attempt's token fired, for the reason that was set before it.</summary>
    private AttemptVerdict Stopped(Attempt attempt, AttemptClock clock) => attempt.Reason switch
    {
        CancellationReason.Preempted => AttemptVerdict.Preempted,
        CancellationReason.TimedOut => Fail(clock.Expired),
        CancellationReason.Draining => Fail(Outcome.Draining),
        _ => Fail(Outcome.CallerGone),
    };

    private AttemptVerdict Failed(Exception e)
    {
        // The innermost words tell a refused connection from a wrong certificate. Addresses are for the log, never for the caller.
        exchange.Record.Failure = e.GetBaseException().Message;
        return Fail(OutcomeOf(e));
    }

    private Outcome OutcomeOf(Exception e) => e switch
    {
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError
        } => Outcome.UpstreamUnreachable,
        _ when context.Response.HasStarted => Outcome.UpstreamCut,
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded }
            or InvalidOperationException => Outcome.UpstreamInvalid,
        OperationCanceledException => Outcome.UpstreamUnreachable, // the handler's own connect timeout
        _ => Outcome.UpstreamReset,
    };

    private AttemptVerdict Fail(Outcome outcome)
    {
        Error = new RequestError(outcome);
        return AttemptVerdict.Final;
    }

    private TimeSpan FirstByteLimit(InstanceOptions instance) =>
        instance.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : timeouts.FirstByte;
}
