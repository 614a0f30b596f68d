using System.Buffers;
using Gateway.Requests;
using Gateway.Scheduling;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Forwarding;

/// <summary>
/// Joins a caller and an upstream that agreed on a WebSocket: bytes pass both ways until either side ends, or a limit ends both. The attempt
/// commits just before the caller learns of the agreement, so an open tunnel is never interrupted.
/// </summary>
internal sealed class RealtimeTunnel(HttpContext context, Exchange exchange, Attempt attempt, AttemptClock clock, TimeProvider time)
{
    /// <summary>What a side said before it left may still be on its way for so long.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(100);

    /// <summary>How long the caller has to answer a goodbye of ours.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(500);

    /// <summary>How it ended, for the record only: the caller knows. Null when it was interrupted before it was open.</summary>
    public async Task<Outcome?> RunAsync(HttpResponseMessage answer)
    {
        await using Stream upstream = await answer.Content.ReadAsStreamAsync(attempt.CancellationToken);
        if (!attempt.TryCommit())
        {
            return null;
        }

        AnswerHead.Copy(answer, context.Response, exchange);
        if (await UpgradeAsync() is not { } caller)
        {
            return Outcome.CallerGone;
        }

        bool isExtended = answer.Headers.NonValidated.Contains("Sec-WebSocket-Extensions");
        var up = new TunnelDirection(caller, upstream, clock, isExtended);
        var down = new TunnelDirection(upstream, caller, clock, isExtended, new RealtimeUsage(exchange.Record, exchange.TokensSpent));
        Outcome outcome = await JoinAsync(up, down, upstream);
        exchange.Record.RequestBytes = up.Bytes;
        exchange.Record.ResponseBytes = down.Bytes;
        exchange.Record.FirstContent = down.First;
        if (IsOurs(outcome))
        {
            await SayGoodbyeAsync(caller, outcome, up.Frames, down.Frames);
        }

        return outcome;
    }

    /// <summary>Tells the caller. Null when it is gone.</summary>
    private async Task<Stream?> UpgradeAsync()
    {
        try
        {
            return await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Passes bytes until either side ends or we do. When it returns, both directions have ended and the upstream's side is closed.</summary>
    private async Task<Outcome> JoinAsync(TunnelDirection up, TunnelDirection down, Stream upstream)
    {
        using var stop = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using CancellationTokenRegistration told = attempt.CancellationToken.UnsafeRegister(state => Stop((CancellationTokenSource)state!), stop);

        // A cancelled read would close the upstream's connection, and with it the way of our goodbye.
        Task<TunnelEnd> upEnds = up.RunAsync(stop.Token, stop.Token);
        Task<TunnelEnd> downEnds = down.RunAsync(CancellationToken.None, stop.Token);
        Task first = await Task.WhenAny(upEnds, downEnds);

        // Now, because stopping a piece on its way up breaks the upstream's connection, and that would look like its own doing.
        CancellationReason reason = attempt.Reason;
        if (first == upEnds && await upEnds == TunnelEnd.Refused)
        {
            // An upstream that takes nothing any more may have said why.
            await ((Task)downEnds.WaitAsync(LastWords, time)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        TunnelEnd downEnd = downEnds.IsCompleted ? await downEnds : TunnelEnd.Stopped;
        await stop.CancelAsync();
        TunnelEnd upEnd = await upEnds;
        bool upstreamLeft = upEnd == TunnelEnd.Refused || downEnd is TunnelEnd.Closed or TunnelEnd.Broken;
        Outcome outcome = OutcomeOf(reason, upstreamLeft, up.Frames.HasClosed || down.Frames.HasClosed, up.Frames.IsIllegalOfCaller);
        if (IsOurs(outcome) && upEnd == TunnelEnd.Stopped && up.Frames.IsBetweenFrames)
        {
            using var limit = new CancellationTokenSource(LastWords, time);
            await TryWriteAsync(upstream, CloseFrame.Of(outcome, toServer: true), limit.Token);
        }

        await upstream.DisposeAsync();
        await downEnds;
        if (outcome is Outcome.UpstreamCut or Outcome.BodyMalformed && downEnd != TunnelEnd.Closed)
        {
            context.Abort();
        }

        return outcome;
    }

    private void Stop(CancellationTokenSource stop)
    {
        if (attempt.Reason == CancellationReason.CallerGone)
        {
            // What came before it left is passed on; its own direction ends by itself then.
            stop.CancelAfter(LastWords);
        }
        else
        {
            stop.Cancel();
        }
    }

    private Outcome OutcomeOf(CancellationReason reason, bool upstreamLeft, bool saidGoodbye, bool isCallersFault) => reason switch
    {
        _ when saidGoodbye => Outcome.Relayed,
        CancellationReason.TimedOut => clock.Expired,
        CancellationReason.Draining => Outcome.Draining,

        // It had to (RFC 6455, 5.1 and 7.1.7): no caller may take an instance from all others by sending garbage.
        CancellationReason.None when upstreamLeft && isCallersFault => Outcome.BodyMalformed,
        CancellationReason.None when upstreamLeft => Outcome.UpstreamCut,
        _ => Outcome.CallerGone,
    };

    private static bool IsOurs(Outcome outcome) => outcome is Outcome.UpstreamIdleTimeout or Outcome.UpstreamTotalTimeout or Outcome.Draining;

    /// <summary>A frame of our own where one fits; inside another it would only be garbage, so there the connection breaks.</summary>
    private async Task SayGoodbyeAsync(Stream caller, Outcome outcome, WebSocketFrames fromCaller, WebSocketFrames toCaller)
    {
        using var limit = new CancellationTokenSource(Farewell, time);
        if (!toCaller.IsBetweenFrames || !await TryWriteAsync(caller, CloseFrame.Of(outcome, toServer: false), limit.Token))
        {
            context.Abort();
            return;
        }

        // Closing on top of unread bytes would reset the connection, and our goodbye might be lost with it.
        byte[] unread = ArrayPool<byte>.Shared.Rent(TunnelDirection.BufferSize);
        try
        {
            int read = 1;
            while (read > 0 && !fromCaller.HasClosed)
            {
                read = await caller.ReadAsync(unread, limit.Token);
                fromCaller.Pass(unread.AsSpan(0, read));
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // It does not answer, or is gone.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(unread);
        }
    }

    private static async Task<bool> TryWriteAsync(Stream stream, byte[] frame, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(frame, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            return false;
        }
    }
}
