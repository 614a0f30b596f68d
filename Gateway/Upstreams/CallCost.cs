using Gateway.Configuration;

namespace Gateway.Upstreams;

/// <summary>What a call that is over counts for in its instance's window. Pure.</summary>
internal static class CallCost
{
    /// <summary>Tokens to keep booked.</summary>
    /// <param name="provider">Who served it.</param>
    /// <param name="demand">What was booked.</param>
    /// <param name="wasSent">The upstream had the request.</param>
    /// <param name="status">Of the answer; 0 when none came, or it was left in the middle.</param>
    /// <param name="isWhole">The answer was there to its end.</param>
    /// <param name="used">Tokens in and out, as far as the answer told; null when it did not.</param>
    public static long Of(ProviderType provider, in TokenDemand demand, bool wasSent, int status, bool isWhole, long? used)
    {
        if (!wasSent || status is >= StatusCodes.Status300MultipleChoices and < StatusCodes.Status500InternalServerError)
        {
            return 0;
        }

        if (provider == ProviderType.Azure)
        {
            // It counts its own estimate when the call begins, and gives nothing of that back.
            return Math.Max(demand.Total, used ?? 0);
        }

        // Broken off, the work up to there was done; what that was is known in part at best.
        return isWhole && status < StatusCodes.Status500InternalServerError ? used ?? demand.Total : Math.Max(demand.Prompt, used ?? 0);
    }
}
