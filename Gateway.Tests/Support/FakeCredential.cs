using Azure.Core;

namespace Gateway.Tests.Support;

/// <summary>A machine's identity whose tokens are numbered.</summary>
internal sealed class FakeCredential : TokenCredential
{
    private int _fetched;

    public DateTimeOffset Ends { get; set; } = DateTimeOffset.MaxValue;

    public Exception? Failure { get; set; }

    public TaskCompletionSource? Gate { get; set; }

    /// <summary>How often it was asked, in vain or not.</summary>
    public int Asked { get; private set; }

    public string[] Scopes { get; private set; } = [];

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new NotSupportedException();

    public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        Scopes = requestContext.Scopes;
        Asked++;
        if (Gate is not null)
        {
            await Gate.Task.WaitAsync(cancellationToken);
        }

        return Failure is null ? new AccessToken($"token-{Interlocked.Increment(ref _fetched)}", Ends) : throw Failure;
    }
}
