using Gateway.Configuration;

namespace Gateway.Upstreams;

/// <summary>Tells apart what hides behind the statuses of a refusal (429, 503, 529). Pure.</summary>
internal static class RefusalPolicy
{
    private static readonly string[] Spent = ["insufficient_quota", "billing_hard_limit_reached", "billing_not_active"];
    private static readonly string[] Busy = ["overloaded", "capacity", "high demand"];

    public static RefusalKind KindOf(int status, in LimitSigns signs, in ErrorFacts error)
    {
        if (Spent.AsSpan().Contains(error.Code) || Spent.AsSpan().Contains(error.Type))
        {
            return RefusalKind.Quota;
        }

        bool hasEvidence = signs.RetryTime is not null || signs.IsWindowEmpty;
        return status == StatusCodes.Status429TooManyRequests && hasEvidence && !SaysBusy(error) ? RefusalKind.Window : RefusalKind.Capacity;
    }

    /// <summary>Venice blocks a key after too many failures; what it says about its windows does not hold then.</summary>
    public static bool IsVeniceBlock(ProviderType provider, int status, in ErrorFacts error) =>
        provider == ProviderType.Venice && status == StatusCodes.Status429TooManyRequests && Says(error.Message, "Too many failed attempts");

    private static bool SaysBusy(in ErrorFacts error)
    {
        foreach (string word in Busy)
        {
            if (Says(error.Message, word) || Says(error.Code, word) || Says(error.Type, word))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Says(string? text, string word) => text?.Contains(word, StringComparison.OrdinalIgnoreCase) == true;
}
