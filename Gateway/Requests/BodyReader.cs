using Gateway.Configuration;

namespace Gateway.Requests;

/// <summary>Reads a request body into a <see cref="RequestBody"/>, within its limits.</summary>
internal sealed class BodyReader(SegmentPool pool, TimeProvider time)
{
    /// <summary>An upload longer than this goes to disk: it may wait long, and memory is for requests that are about to run.</summary>
    private const int SpillAbove = 1024 * 1024;

    /// <summary>Reads the whole body. Null error: the body is the request's to dispose; otherwise it is disposed already.</summary>
    /// <param name="request">The request; nothing of its body was read before.</param>
    /// <param name="isJson">JSON, and what may be, is kept in memory and has the smaller limit.</param>
    /// <param name="limits">The limits in force.</param>
    /// <param name="cancellationToken">Fires when the caller goes away.</param>
    public async ValueTask<(RequestBody? Body, RequestError? Error)> ReadAsync(
        HttpRequest request, bool isJson, LimitOptions limits, CancellationToken cancellationToken)
    {
        long limit = isJson ? limits.MaxBodyBytes : limits.MaxUploadBytes;
        if (request.ContentLength > limit)
        {
            return (null, TooLarge(isJson, limit));
        }

        var body = new RequestBody(pool);
        RequestError? error = null;
        bool isWhole = false;
        using BodyPace? pace = BodyPace.Of(request.ContentLength, time, cancellationToken);
        try
        {
            error = await FillAsync(body, request, isJson, limit, limits, pace, pace?.Stop ?? cancellationToken);
            isWhole = error is null;
        }
        finally
        {
            // Also when it ends in a way nobody thought of: what it took from the budget would be gone for ever.
            if (!isWhole)
            {
                await body.DisposeAsync();
            }
        }

        return (isWhole ? body : null, error);
    }

    private static async Task<RequestError?> FillAsync(
        RequestBody body, HttpRequest request, bool isJson, long limit, LimitOptions limits, BodyPace? pace, CancellationToken cancellationToken)
    {
        bool isStoring = false;
        try
        {
            while (true)
            {
                Memory<byte> memory = body.GetMemory(Math.Max(0, (request.ContentLength ?? 0) - body.Length), limits.BufferedBytes);
                if (memory.IsEmpty)
                {
                    return BudgetSpent;
                }

                int read = await request.Body.ReadAsync(memory, cancellationToken);
                if (read == 0)
                {
                    await body.CompleteAsync(cancellationToken);
                    return null;
                }

                body.Advance(read);
                pace?.Advance(read);
                if (body.Length > limit)
                {
                    return TooLarge(isJson, limit);
                }

                bool belongsOnDisk = !isJson && body.Length > SpillAbove;
                if (belongsOnDisk && !body.TryReserveDisk(limits.SpilledBytes))
                {
                    return BudgetSpent;
                }

                isStoring = belongsOnDisk;
                if (body.IsSpilled)
                {
                    await body.FlushToFileAsync(cancellationToken);
                }
                else if (belongsOnDisk)
                {
                    await body.SpillAsync(cancellationToken);
                }

                isStoring = false;
                if (body.Length == request.ContentLength)
                {
                    // Saves the last, empty read of nearly every request.
                    await body.CompleteAsync(cancellationToken);
                    return null;
                }
            }
        }
        catch (Exception e) when (OutcomeOf(e, isStoring, pace, cancellationToken) is { } outcome)
        {
            return new RequestError(outcome);
        }
    }

    /// <summary>What a failure means; null for one that nobody thought of.</summary>
    private static Outcome? OutcomeOf(Exception failure, bool isStoring, BodyPace? pace, CancellationToken cancellationToken) => failure switch
    {
        _ when pace is { IsTooSlow: true } => Outcome.BodyIncomplete,
        BadHttpRequestException => CallerGoneOr(Outcome.BodyIncomplete, cancellationToken),
        OperationCanceledException or Microsoft.AspNetCore.Connections.ConnectionResetException => Outcome.CallerGone,
        UnauthorizedAccessException => Outcome.UploadStorageFailed,
        IOException when isStoring => Outcome.UploadStorageFailed,

        // Kestrel's word for a chunk size that is none, among others.
        IOException => CallerGoneOr(Outcome.BodyIncomplete, cancellationToken),
        _ => null,
    };

    private static Outcome CallerGoneOr(Outcome outcome, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? Outcome.CallerGone : outcome;

    private static RequestError BudgetSpent => new(Outcome.BufferBudgetSpent, RetryAfter: TimeSpan.FromSeconds(1));

    private static RequestError TooLarge(bool isJson, long limit) => new(
        Outcome.BodyTooLarge, $"The limit is {limit} bytes ({(isJson ? "limits.max_body_bytes" : "limits.max_upload_bytes")}).");
}
