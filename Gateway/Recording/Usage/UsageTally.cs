using Gateway.Requests;

namespace Gateway.Recording.Usage;

/// <summary>What a finished request counts for. Its upstream calls count in the minute in which it ended, so that sums and parts agree.</summary>
internal static class UsageTally
{
    public static void Add(UsageSlot slot, AccessRecord record)
    {
        AddRequest(slot.Of(UsageKey.Whole), record);
        AddRequest(slot.Of(UsageKey.OfTier(record.Priority)), record);

        // By index: the enumerator of an interface would be one more object.
        for (int i = 0; i < record.Calls.Count; i++)
        {
            AddCall(slot, record.Calls[i]);
        }

        if (record.Instance is { } instance && record.Calls.Count > 0)
        {
            AddTokens(slot.Of(UsageKey.OfInstance(instance)), record);
        }
    }

    private static void AddRequest(UsageCounts counts, AccessRecord record)
    {
        counts[UsageField.Requests]++;
        counts[UsageField.Errors] += record.IsError ? 1 : 0;
        counts[UsageField.Preemptions] += record.Preemptions;
        counts[UsageField.Retries] += record.Retries;
        counts[UsageField.WastedTokens] += record.WastedTokens;
        counts.Add(UsageField.WastedMicroseconds, record.Wasted);
        if (record.Cache is CacheState.Hit or CacheState.Shared)
        {
            // Their tokens are those of the request that has fetched the answer.
            counts[UsageField.CacheHits]++;
        }
        else
        {
            AddTokens(counts, record);
        }

        if (record.Outcome == Outcome.Relayed)
        {
            counts[UsageField.Answered]++;
            counts.Add(UsageField.AnsweredMicroseconds, record.Duration);
        }

        if (record.Attempts > 0 || record.Queued > TimeSpan.Zero)
        {
            counts[UsageField.Scheduled]++;
            counts.Add(UsageField.QueuedMicroseconds, record.Queued);
        }
    }

    private static void AddCall(UsageSlot slot, AttemptRecord call)
    {
        UsageCounts counts = slot.Of(UsageKey.OfInstance(call.Instance));
        counts[UsageField.Requests]++;
        switch (call.End)
        {
            case AttemptEnd.Answered:
                counts[UsageField.Answered]++;
                counts.Add(UsageField.AnsweredMicroseconds, call.Duration);
                counts[UsageField.Errors] += IsFailure(call.Status) ? 1 : 0;
                break;
            case AttemptEnd.Preempted:
                counts[UsageField.Preemptions]++;
                counts.Add(UsageField.WastedMicroseconds, call.Duration);
                break;
            case AttemptEnd.Failed:
                counts[UsageField.Errors]++;
                break;
            default:
                break;
        }
    }

    private static void AddTokens(UsageCounts counts, AccessRecord record)
    {
        counts[UsageField.InputTokens] += record.InputTokens ?? 0;
        counts[UsageField.OutputTokens] += record.OutputTokens ?? 0;
    }

    /// <summary>
    /// By the status alone: other answers of 400 and above are the caller's fault. The instance's own counters go by more than that: a 401 for the key of its
    /// own is in them, a 501 or 505 is not.
    /// </summary>
    private static bool IsFailure(int status) =>
        status is StatusCodes.Status408RequestTimeout or StatusCodes.Status429TooManyRequests or >= StatusCodes.Status500InternalServerError;
}
