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
                        return new RequestError(Outcome.BodyIncomplete);
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
                    await body.CompleteAsync(body.IsSpilled ? request.HttpContext.RequestAborted : CancellationToken.None);
                    return null;
                }
            }
        }
        catch (Exception e) when (OutcomeOf(e, isStoring, request.HttpContext.RequestAborted) is { } outcome)
        {
            return new RequestError(outcome);
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

    /// <summary>What a failure means; null for one that nobody thought of.</summary>
    private static Outcome? OutcomeOf(Exception failure, bool isStoring, CancellationToken callerGone) => failure switch
    {
        BadHttpRequestException => CallerGoneOr(Outcome.BodyIncomplete, callerGone),
        OperationCanceledException or Microsoft.AspNetCore.Connections.ConnectionResetException => Outcome.CallerGone,
        UnauthorizedAccessException => Outcome.UploadStorageFailed,
        IOException when isStoring => Outcome.UploadStorageFailed,

        // Kestrel's word for a chunk size that is none, among others.
        IOException => CallerGoneOr(Outcome.BodyIncomplete, callerGone),
        _ => null,
    };

    private static Outcome CallerGoneOr(Outcome outcome, CancellationToken callerGone) =>
        callerGone.IsCancellationRequested ? Outcome.CallerGone : outcome;

    private static RequestError BudgetSpent => new(Outcome.BufferBudgetSpent, RetryAfter: TimeSpan.FromSeconds(1));

    private static RequestError TooLarge(bool isJson, long limit) => new(
        Outcome.BodyTooLarge, $"The limit is {limit} bytes ({(isJson ? "limits.max_body_bytes" : "limits.max_upload_bytes")}).");
}
