using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tokenization;
using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>Makes the upstream calls of one request: sends it, relays the answer, and says how it ended. The scheduler decides what follows.</summary>
internal sealed class AttemptExecutor(
    HttpContext context, Exchange exchange, InstanceTable instances, AttemptAccount account, RequestWindow? window, TokenEstimator tokens, GatewayOptions options,
    TimeProvider time)
    : IAttemptExecutor
{
    private bool _isReported;

    /// <summary>The upstream had the last attempt's request.</summary>
    private bool _wasSent;

    /// <summary>Of the last attempt that was answered.</summary>
    private AnswerTally? _tally;

    /// <summary>Of the last attempt; null when no answer came.</summary>
    private TimeSpan? _timeToHead;

    /// <summary>Made by the first failure: most requests meet none.</summary>
    private RetryAdvisor? _advisor;

    public LastWord Word { get; } = new();

    /// <summary>What is left of the wait that the last failure asked for; zero when nobody knows.</summary>
    public TimeSpan WaitLeft => _advisor?.WaitLeft ?? TimeSpan.Zero;

    public ValueTask<AttemptResult> ExecuteAsync(Attempt attempt)
    {
        // While the request waited, a reload may have given the index to another instance, or the instance to another provider.
        if (instances.Find(attempt.Instance) is not { } instance || !instance.Serves(exchange.Request!.RoutedModel) || !exchange.Caller.MayCall(instance.Options))
        {
            Word.NotMade(new RequestError(Outcome.NoInstance));
            return new ValueTask<AttemptResult>(new AttemptResult(
                AttemptVerdict.Retry, Task.CompletedTask, new RetryAdvice { Unreached = true, MaxFailovers = options.Routing.Retries }));
        }

        return window is null ? MakeAsync(attempt, instance) : EnterAsync(window, attempt, instance);
    }

    public InstanceSet Route(WorkItem item) => RequestRoute.Anew(exchange, instances);

    private async ValueTask<AttemptResult> EnterAsync(RequestWindow entered, Attempt attempt, InstanceState instance)
    {
        if (await entered.EnterAsync(attempt, instance) is { } refused)
        {
            Word.NotMade(refused.Error);
            return refused.Result;
        }

        return await MakeAsync(attempt, instance);
    }

    private async ValueTask<AttemptResult> MakeAsync(Attempt attempt, InstanceState instance)
    {
        _isReported = false;
        attempt.PassWindow();
        var connection = new AttemptConnection();
        UpstreamConnection.Follow(connection);
        exchange.Record.Attempts++;
        if (attempt.Item.Retries > 0)
        {
            exchange.IsTriedEnough = true;
            exchange.Record.PossibleDuplicates += _advisor?.TakePossibleDuplicate() ?? 0;
        }

        int generation = AttemptAccount.Begin(instance);
        long begun = time.GetTimestamp();
        try
        {
            CallEnd end = await CallAsync(attempt, instance, connection, generation);
            await SettleAsync(end, attempt.IsCommitted);
            return Report(end, attempt, instance, connection, generation, begun);
        }
        catch when (!_isReported)
        {
            // A bug: what the call had taken must not stay taken, and its end be told.
            Word.Over(Outcome.Fault);
            Report(new CallEnd(AttemptVerdict.Final), attempt, instance, connection, generation, begun);
            throw;
        }
        finally
        {
            instance.Health.End(generation);
        }
    }

    /// <summary>Tells everybody how the call went; returns what may follow.</summary>
    private AttemptResult Report(CallEnd end, Attempt attempt, InstanceState instance, AttemptConnection connection, int generation, long begun)
    {
        _isReported = true;
        AttemptRecord call = end.ToRecord(attempt, instance.Name, Word.Error?.Outcome ?? Outcome.CallerGone) with
        {
            Number = exchange.Record.Attempts,
            StartedAfter = time.GetElapsedTime(exchange.Record.Started, begun),
            Duration = time.GetElapsedTime(begun),
            TimeToHead = _timeToHead,
        };
        exchange.Record.Add(call);
        exchange.Trace?.EndCall(call);
        window?.Leave(instance, end, _wasSent);
        account.End(instance, generation, end, exchange, context.Request);
        if (end.Failure is not { MayRetry: true } failure)
        {
            // Asked only now that the answer is disposed: a call cut short has let go of its connection by then.
            return new AttemptResult(end.Verdict, connection.Ended);
        }

        _advisor ??= new RetryAdvisor(options, time);
        RetryAdvice advice = _advisor.Advise(failure, attempt.Item.Retries, instance);
        exchange.IsTriedEnough |= _advisor.IsBudgetSpent;
        AttemptAccount.Pause(instance, failure, advice.After, context.Request, exchange.Caller);
        return new AttemptResult(AttemptVerdict.Retry, connection.Ended, advice);
    }

    private async Task<CallEnd> CallAsync(Attempt attempt, InstanceState instance, AttemptConnection connection, int generation)
    {
        (_wasSent, _tally, _timeToHead) = (false, null, null);
        exchange.Record.Failure = null;
        exchange.Record.Instance = instance.Name;
        exchange.Record.Queued = TimeSpan.FromTicks(attempt.Item.WaitedTicks);
        TimeSpan firstByte = instance.Options.TimeoutSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.Timeouts.FirstByte;
        using var clock = new AttemptClock(attempt, time, options.Timeouts, firstByte, exchange.Record.Started);
        bool needsUsage = exchange.NeedsUsage || instance.Window is not null;
        CallEdits? edits = instance.Dialect.EditsOf(exchange.Request!, needsUsage);
        using HttpRequestMessage request = UpstreamRequest.Create(context.Request, exchange, instance, edits, needsUsage, clock.Active);
        connection.IsUnfinished = request.Content is ReplayContent body ? body.IsUnfinished : null;
        exchange.Trace?.BeginCall(request.Headers, attempt.Number, instance.Name, exchange.Record.Queued);
        if (exchange.Route!.IsWebSocket)
        {
            UpgradeRequest.Shape(request, needsUsage);
        }

        CallKind kind = CallKind.Of(context.Request.Method, options, instance.Options);
        Exception? thrown;
        try
        {
            using HttpResponseMessage answer = await instance.Invoker.SendAsync(request, attempt.CancellationToken);
            clock.HeadArrived();
            _timeToHead = clock.TimeToHead;
            _wasSent = true;
            account.Reconcile(instance, answer, context.Request, exchange.Caller);
            int status = (int)answer.StatusCode;
            if (status >= StatusCodes.Status400BadRequest)
            {
                await KeyMask.ApplyAsync(request, answer, exchange.Caller.IsReplaced, attempt.CancellationToken);
            }

            if (status >= StatusCodes.Status300MultipleChoices && await RefusedAsync(answer, kind, clock, attempt) is { } failure)
            {
                return new CallEnd(AttemptVerdict.Final, failure);
            }

            exchange.AnsweredBy = instance.Options;
            AttemptAccount.HeadArrived(instance, generation, status, exchange.Caller);
            if (AnswerHead.IsWebSocket(answer, exchange))
            {
                return Parted(await new RealtimeTunnel(context, exchange, attempt, clock, time).RunAsync(answer), clock);
            }

            _tally = new AnswerTally(exchange, answer, tokens, needsUsage);
            Stream answered = await answer.Content.ReadAsStreamAsync(attempt.CancellationToken);
            RelayEnd relayed = await new ResponseRelay(context, exchange, attempt, clock, edits?.Answer, _tally).RunAsync(answer, answered);
            return Conclude(relayed, attempt, kind, status, clock);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or InvalidOperationException)
        {
            thrown = e;
        }
        finally
        {
            if (request.Content is ReplayContent { Written.IsCompleted: false } content)
            {
                connection.Abandon();
                await content.Written.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            connection.IsUnfinished = null;
        }

        // Asked only now that the writing has ended, one way or the other.
        bool isSent = request.Content is not ReplayContent { IsSent: false };
        _wasSent |= isSent;
        return attempt.CancellationToken.IsCancellationRequested ? Stopped(attempt, clock, kind, isSent) : Failed(thrown, attempt, kind, isSent);
    }

    /// <summary>Who reads the answer to its end does not wait for it to be counted.</summary>
    private async ValueTask SettleAsync(CallEnd end, bool isCommitted)
    {
        if (isCommitted && _tally is { } tally)
        {
            // A transfer that broke off behind its last event must not end in order.
            if (tally.HasToCount && end is { Failure: null, Status: > 0 } && !context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.CompleteAsync();
            }

            tally.Settle();
        }
        else if (end is { Verdict: AttemptVerdict.Final, Failure: null } && _wasSent && Word.Error?.Outcome == Outcome.CallerGone)
        {
            AnswerTally.SettleUnanswered(exchange, tokens);
        }
    }

    /// <summary>An answer that is not to be relayed, at least not now; null for all others.</summary>
    private async ValueTask<Failure?> RefusedAsync(HttpResponseMessage answer, CallKind kind, AttemptClock clock, Attempt attempt)
    {
        int status = (int)answer.StatusCode;
        if (FailurePolicy.IsRedirect(status))
        {
            return Word.Failed(FailurePolicy.Wrong(Outcome.UpstreamRedirected, status));
        }

        string? shouldRetry = answer.Headers.NonValidated.TryGetValues("x-should-retry", out var values) ? values.ToString() : null;
        if (!FailurePolicy.MayRetry(status, shouldRetry, kind)
            || AnswerHead.IsEventStream(answer)
            || await HeldAnswer.ReadAsync(answer, clock, attempt.CancellationToken) is not { } held)
        {
            return null;
        }

        Word.Hold(held);
        return held.Read(kind, options.Retries, time.GetUtcNow());
    }

    private CallEnd Conclude(RelayEnd end, Attempt attempt, CallKind kind, int status, AttemptClock clock)
    {
        switch (end)
        {
            case RelayEnd.Complete:
                exchange.Record.Outcome = Outcome.Relayed;
                Word.Told();
                return new CallEnd(AttemptVerdict.Final, Status: status, TimeToHead: clock.TimeToHead);
            case RelayEnd.Revoked:
                return new CallEnd(AttemptVerdict.Preempted);
            case RelayEnd.CallerGone:
                return Over(Outcome.CallerGone);
            default:
                return Ended(attempt.IsCommitted ? FailurePolicy.Cut(Outcome.UpstreamCut) : FailurePolicy.Unanswered(Outcome.UpstreamCut, kind));
        }
    }

    /// <summary>A tunnel has told its caller all there is to tell. Whoever left it, the upstream did what it was asked for, unless it broke off.</summary>
    private CallEnd Parted(Outcome? outcome, AttemptClock clock)
    {
        if (outcome is null)
        {
            return new CallEnd(AttemptVerdict.Preempted);
        }

        exchange.Record.Outcome = outcome.Value;
        Word.Told();
        return outcome == Outcome.UpstreamCut
            ? new CallEnd(AttemptVerdict.Final, FailurePolicy.Cut(Outcome.UpstreamCut))
            : new CallEnd(AttemptVerdict.Final, Status: StatusCodes.Status101SwitchingProtocols, TimeToHead: clock.TimeToHead);
    }

    /// <summary>The attempt's token fired, for the reason that was set before it.</summary>
    private CallEnd Stopped(Attempt attempt, AttemptClock clock, CallKind kind, bool isSent) => attempt.Reason switch
    {
        CancellationReason.Preempted => new CallEnd(AttemptVerdict.Preempted),
        CancellationReason.TimedOut => Ended(Broken(clock.Expired, attempt, kind, isSent)),
        CancellationReason.Draining => Over(Outcome.Draining),
        _ => Over(Outcome.CallerGone),
    };

    private CallEnd Failed(Exception e, Attempt attempt, CallKind kind, bool isSent)
    {
        // For the log, never for the caller: it may name an address.
        exchange.Record.Failure = FailureWords.Of(e);
        Outcome outcome = FailureWords.OutcomeOf(e, context.Response.HasStarted);
        return Ended(outcome switch
        {
            Outcome.UpstreamUnreachable or Outcome.UpstreamSignInFailed => FailurePolicy.NotSent(outcome, unreached: true),
            Outcome.UpstreamInvalid => FailurePolicy.Wrong(outcome),
            _ => Broken(outcome, attempt, kind, isSent),
        });
    }

    private static Failure Broken(Outcome outcome, Attempt attempt, CallKind kind, bool isSent) =>
        attempt.IsCommitted ? FailurePolicy.Cut(outcome)
        : isSent ? FailurePolicy.Unanswered(outcome, kind)
        : FailurePolicy.NotSent(outcome, unreached: false);

    private CallEnd Ended(Failure failure) => new(AttemptVerdict.Final, Word.Failed(failure));

    private CallEnd Over(Outcome outcome)
    {
        Word.Over(outcome);
        return new CallEnd(AttemptVerdict.Final);
    }
}
