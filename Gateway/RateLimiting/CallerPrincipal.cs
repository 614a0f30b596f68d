using Gateway.Authentication;
using Gateway.Configuration;

namespace Gateway.RateLimiting;

/// <summary>Who is counted: the key that was shown, or, where none is asked for, the address.</summary>
internal sealed class CallerPrincipal(OptionsSnapshot options)
{
    private static readonly RateLimitOptions NoProxies = new();

    private volatile CallerAddress _addresses = new(options.Current.RateLimit ?? NoProxies);

    public UInt128 Of(HttpContext context, Caller caller) => caller.Principal ?? OfAddress(context);

    public UInt128 OfAddress(HttpContext context)
    {
        RateLimitOptions current = options.Current.RateLimit ?? NoProxies;
        if (!ReferenceEquals(_addresses.Options, current))
        {
            _addresses = new CallerAddress(current);
        }

        return _addresses.PrincipalOf(context);
    }
}
