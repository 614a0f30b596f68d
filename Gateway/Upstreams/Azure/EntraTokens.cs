using System.Diagnostics.CodeAnalysis;
using Azure.Core;

namespace Gateway.Upstreams.Azure;

/// <summary>
/// The gateway's Microsoft Entra ID token: fetched once for all who wait, and again in the background shortly before its end. One, because every Azure
/// instance asks for the same scope.
/// </summary>
/// <param name="credential">Makes the machine's identity at the first use.</param>
/// <param name="time">Tells when a token ends.</param>
internal sealed class EntraTokens(Func<TokenCredential> credential, TimeProvider time)
{
    private static readonly TokenRequestContext Scope = new(["https://cognitiveservices.azure.com/.default"]);

    /// <summary>A new one is fetched so long before the old one ends; meanwhile the old one serves, however that goes.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan FetchLimit = TimeSpan.FromSeconds(30);

    /// <summary>At least this long between the starts of two fetches: each may ask many places, and start programs. Until then a failure stands for all.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private volatile Token? _token;
    private Task<Token>? _fetch;
    private long _fetchedAt;

    /// <summary>A token that is valid now.</summary>
    /// <exception cref="HttpRequestException">There is none to be had. Says nothing of tenants or identities.</exception>
    public async ValueTask<string> GetAsync(CancellationToken cancellationToken)
    {
        TimeSpan left = _token is { } known ? known.Ends - time.GetUtcNow() : TimeSpan.Zero;
        if (left > Ahead)
        {
            return _token!.Text;
        }

        Task<Token> fetch = Fetch();
        return left > TimeSpan.Zero ? _token!.Text : (await fetch.WaitAsync(cancellationToken)).Text;
    }

    private Task<Token> Fetch()
    {
        lock (_lock)
        {
            if (_fetch is { } last && (!last.IsCompleted || time.GetElapsedTime(_fetchedAt) < Pause))
            {
                return last;
            }

            _fetchedAt = time.GetTimestamp();
            _fetch = Task.Run(FetchAsync, CancellationToken.None);

            // One ahead of time that fails is nobody's to see: the old token serves.
            _ = _fetch.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return _fetch;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "However signing in fails, it is one kind of end, and the library's words name tenants.")]
    private async Task<Token> FetchAsync()
    {
        using var limit = new CancellationTokenSource(FetchLimit, time);
        try
        {
            AccessToken fetched = await credential().GetTokenAsync(Scope, limit.Token);
            return _token = new Token(fetched.Token, fetched.ExpiresOn);
        }
        catch (Exception e)
        {
            throw new HttpRequestException(HttpRequestError.UserAuthenticationError, $"Signing in with Microsoft Entra ID failed ({e.GetType().Name}).");
        }
    }

    private sealed record Token(string Text, DateTimeOffset Ends);
}
