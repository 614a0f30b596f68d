using Gateway.Configuration;

namespace Gateway.Upstreams;

/// <summary>What decides whether a call may be made once more when nobody knows if its work was done.</summary>
/// <param name="IsIdempotent">It asks and changes nothing: GET, HEAD, OPTIONS.</param>
/// <param name="RetryUnanswered"><c>retries.retry_unanswered</c>: the operator takes the risk of paying twice.</param>
/// <param name="Provider">The dialect.</param>
internal readonly record struct CallKind(bool IsIdempotent, bool RetryUnanswered, ProviderType Provider)
{
    public bool MayRepeatUnanswered => IsIdempotent || RetryUnanswered;

    /// <summary>Venice does not bill a call that it answers so.</summary>
    public bool MayRepeatServerError => MayRepeatUnanswered || Provider == ProviderType.Venice;

    public static CallKind Of(string method, GatewayOptions options, InstanceOptions instance) => new(
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method), options.Retries.RetryUnanswered, instance.ProviderType);
}
