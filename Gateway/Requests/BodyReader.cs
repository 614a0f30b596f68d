using Gateway.Configuration;

namespace Gateway.Requests;

/// <summary>Reads a request body into a <see cref="RequestBody"/>, within its limits.</summary>
internal sealed class BodyReader(SegmentPool pool, TimeProvider time)
{
    /// <summary>An upload longer than this goes to disk: it may wait long, and memory is for requests that are about to run.</summary>
    private const int SpillAbove = 1024 * 1024;

    /// <summary>Reads the whole body. Null error: the body is the request's to dispose; otherwise it is disposed already.</summary>
    /// <param name="request">The request; nothing of its body was read before.</param>
    /// <param name="isJson">JSON is kept in memory and has the smaller limit.</param>
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
        catch (Exception) when (pace is { IsTooSlow: true })
        {
            return new RequestError(Outcome.BodyIncomplete);
        }
        catch (BadHttpRequestException)
        {
            return new RequestError(cancellationToken.IsCancellationRequested ? Outcome.CallerGone : Outcome.BodyIncomplete);
        }
        catch (Exception e) when (e is OperationCanceledException or Microsoft.AspNetCore.Connections.ConnectionResetException)
        {
            return new RequestError(Outcome.CallerGone);
        }
        catch (Exception e) when (isStoring && e is IOException or UnauthorizedAccessException)
        {
            return new RequestError(Outcome.UploadStorageFailed);
        }
        catch (IOException)
        {
            // Kestrel's word for a chunk size that is none, among others.
            return new RequestError(cancellationToken.IsCancellationRequested ? Outcome.CallerGone : Outcome.BodyIncomplete);
        }
    }

    private static RequestError BudgetSpent => new(Outcome.BufferBudgetSpent, RetryAfter: TimeSpan.FromSeconds(1));

    private static RequestError TooLarge(bool isJson, long limit) => new(
        Outcome.BodyTooLarge, $"The limit is {limit} bytes ({(isJson ? "limits.max_body_bytes" : "limits.max_upload_bytes")}).");
}
