using System.Buffers;
using System.IO.Pipelines;
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
    public async ValueTask<(RequestBody? Body, RequestError? Error)> ReadAsync(HttpRequest request, bool isJson, LimitOptions limits)
    {
        long limit = isJson ? limits.MaxBodyBytes : limits.MaxUploadBytes;
        if (request.ContentLength > limit)
        {
            return (null, TooLarge(isJson, limit));
        }

        var body = new RequestBody(pool);
        RequestError? error = null;
        bool isWhole = false;
        using BodyPace? pace = BodyPace.Of(request.ContentLength, request.BodyReader, time);
        try
        {
            error = await FillAsync(body, request, isJson, limit, limits, pace);
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
        RequestBody body, HttpRequest request, bool isJson, long limit, LimitOptions limits, BodyPace? pace)
    {
        PipeReader reader = request.BodyReader;
        bool isStoring = false;
        try
        {
            while (true)
            {
                // No token: Kestrel ends the read itself when the caller goes away, and a read that a token ended looks to it as if it went on.
                ReadResult read = await reader.ReadAsync(CancellationToken.None);
                bool hasRoom;
                try
                {
                    if (read.IsCanceled)
                    {
                        return new RequestError(Outcome.BodyTooSlow);
                    }

                    if (body.Length + read.Buffer.Length > limit)
                    {
                        return TooLarge(isJson, limit);
                    }

                    pace?.Advance(read.Buffer.Length);
                    hasRoom = TryAppend(body, read.Buffer, request.ContentLength, limits.BufferedBytes);
                }
                finally
                {
                    reader.AdvanceTo(read.Buffer.End);
                }

                bool belongsOnDisk = !isJson && body.Length > SpillAbove;
                if (!hasRoom || (belongsOnDisk && !body.TryReserveDisk(limits.SpilledBytes)))
                {
                    return BudgetSpent;
                }

                if (belongsOnDisk)
                {
                    isStoring = true;
                    pace?.BeginStoring();
                    CancellationToken callerGone = request.HttpContext.RequestAborted;
                    await (body.IsSpilled ? body.FlushToFileAsync(callerGone) : body.SpillAsync(callerGone));
                    pace?.EndStoring();
                    isStoring = false;
                }

                // The length saves the last, empty read of nearly every request.
                if (read.IsCompleted || body.Length == request.ContentLength)
                {
                    body.Complete();
                    return null;
                }
            }
        }
        catch (Exception e) when (ErrorOf(e, isStoring, request.HttpContext.RequestAborted) is { } error)
        {
            return error;
        }
    }

    /// <summary>False when the budget is spent.</summary>
    private static bool TryAppend(RequestBody body, in ReadOnlySequence<byte> bytes, long? declared, long budget)
    {
        foreach (ReadOnlyMemory<byte> part in bytes)
        {
            for (ReadOnlySpan<byte> left = part.Span; left.Length > 0;)
            {
                Span<byte> room = body.GetMemory(Math.Max(0, (declared ?? 0) - body.Length), budget).Span;
                if (room.IsEmpty)
                {
                    return false;
                }

                int count = Math.Min(room.Length, left.Length);
                left[..count].CopyTo(room);
                body.Advance(count);
                left = left[count..];
            }
        }

        return true;
    }

    /// <summary>What is wrong with a body that the server does not go on reading.</summary>
    public static RequestError ErrorOf(IOException failure) => failure switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => new RequestError(Outcome.BodyTooSlow),

        // It tells its reasons in words alone.
        _ when failure.Message.StartsWith("Bad chunk", StringComparison.Ordinal) => new RequestError(
            Outcome.BodyMalformed, "It says that it comes in chunks, and the size or the end of one is malformed."),
        _ => new RequestError(Outcome.BodyIncomplete),
    };

    /// <summary>What a failure means; null for one that nobody thought of.</summary>
    private static RequestError? ErrorOf(Exception failure, bool isStoring, CancellationToken callerGone) => failure switch
    {
        OperationCanceledException or Microsoft.AspNetCore.Connections.ConnectionResetException => new RequestError(Outcome.CallerGone),
        UnauthorizedAccessException => new RequestError(Outcome.UploadStorageFailed),
        IOException when isStoring && failure is not BadHttpRequestException => new RequestError(Outcome.UploadStorageFailed),
        IOException when callerGone.IsCancellationRequested => new RequestError(Outcome.CallerGone),
        IOException broken => ErrorOf(broken),
        _ => null,
    };

    private static RequestError BudgetSpent => new(Outcome.BufferBudgetSpent, RetryAfter: TimeSpan.FromSeconds(1));

    private static RequestError TooLarge(bool isJson, long limit) => new(
        Outcome.BodyTooLarge, $"The limit is {limit} bytes ({(isJson ? "limits.max_body_bytes" : "limits.max_upload_bytes")}).");
}
