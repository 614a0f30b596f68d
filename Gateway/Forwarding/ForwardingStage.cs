using System.Globalization;
using Gateway.Configuration;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>The last stage of an API request: hands it to its lane, makes its attempts when the scheduler says so, and reports the end.</summary>
internal sealed class ForwardingStage(Scheduler scheduler, InstanceTable instances, OptionsSnapshot options, TimeProvider time)
{
    public async Task InvokeAsync(HttpContext context)
    {
        long arrived = time.GetTimestamp();
        Exchange exchange = Exchange.Of(context);
        ApiRequest request = exchange.Request!;
        if (context.Request.Headers.Upgrade.Count > 0)
        {
            await exchange.Fail(new RequestError(Outcome.UpgradeNotSupported));
            return;
        }

        InstanceSet serving = instances.Serving(request.Facts.Model);
        if (serving.IsEmpty)
        {
            await exchange.Fail(instances.Knows(request.Facts.Model)
                ? new RequestError(Outcome.NoInstance)
                : new RequestError(Outcome.ModelNotFound, Param: "model"));
            return;
        }

        var item = new WorkItem(exchange.Listener.Policy, serving, request.Body.MemoryBytes)
        {
            EstimatedTokens = exchange.Record.EstimatedInputTokens,
            CallerDeadline = CallerDeadline(context.Request.Headers),
            Tag = exchange.Record,
        };
        var executor = new AttemptExecutor(context, exchange, instances, options.Current.Timeouts, time, arrived);
        RunResult result = await scheduler.RunAsync(item, executor, context.RequestAborted);

        exchange.Record.Queued = TimeSpan.FromTicks(item.WaitedTicks);
        exchange.Record.Preemptions = item.Preemptions;
        exchange.Record.Retries = item.Retries;
        exchange.Record.Wasted = TimeSpan.FromTicks(item.WastedTicks);
        exchange.Record.WastedTokens = item.WastedTokens;
        RequestError? error = result.Executed ? executor.Error : new RequestError(OutcomeOf(result.Reason), RetryAfter: result.RetryAfter);
        if (error is not null)
        {
            await exchange.Fail(error);
        }
    }

    /// <summary>The official SDKs send how long they will wait, in seconds.</summary>
    private static TimeSpan? CallerDeadline(IHeaderDictionary headers) =>
        headers["x-stainless-timeout"] is [{ } text]
        && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
        && seconds is > 0 and < 86_400
            ? TimeSpan.FromSeconds(seconds)
            : null;

    private static Outcome OutcomeOf(EndReason reason) => reason switch
    {
        EndReason.QueueFull or EndReason.QueueBytesFull => Outcome.QueueFull,
        EndReason.Draining => Outcome.Draining,
        EndReason.Expired => Outcome.QueueExpired,
        EndReason.DeadlineExceeded => Outcome.CallerDeadline,
        EndReason.CallerGone => Outcome.CallerGone,
        EndReason.NoInstance => Outcome.NoInstance,
        EndReason.RetryBudgetSpent or EndReason.RetriesSpent => Outcome.RetryBudgetSpent,
        EndReason.Removed => Outcome.Removed,
        _ => Outcome.SchedulerFault,
    };
}
