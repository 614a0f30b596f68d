using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tokenization;
using Gateway.Upstreams;

namespace Gateway.Forwarding;

/// <summary>Which instances may serve a request: when it comes, and again when instances have come, gone or changed while it waits.</summary>
internal static class RequestRoute
{
    /// <summary>Tokens of the prompt, where some instance takes no more than so many; else 0.</summary>
    public static long PromptOf(Exchange exchange, InstanceTable instances, TokenEstimator tokens) =>
        instances.HasInputLimits && !IsLimitedPerInput(exchange) ? tokens.PromptOf(exchange) : 0;

    /// <summary>All that have its model and take its prompt; of what is stored at the provider one alone, always the same.</summary>
    public static InstanceSet Of(Exchange exchange, InstanceTable instances, long prompt) =>
        Narrowed(exchange, instances, instances.Serving(exchange.Request!.RoutedModel, prompt));

    /// <summary>
    /// On the scheduler's loop, so nothing is counted: a prompt that was not is taken for as long as its body says. An instance that has moved to another
    /// provider gets no key that was meant for the one before.
    /// </summary>
    public static InstanceSet Anew(Exchange exchange, InstanceTable instances)
    {
        long prompt = IsLimitedPerInput(exchange) ? 0 : exchange.PromptTokens ?? exchange.Record.EstimatedInputTokens;
        InstanceSet serving = instances.Serving(exchange.Request!.RoutedModel, prompt);
        ulong bits = 0;
        foreach (InstanceState instance in instances.All)
        {
            bits |= serving.Contains(instance.Index) && exchange.Caller.MayCall(instance.Options) ? InstanceSet.Of(instance.Index).Bits : 0;
        }

        return Narrowed(exchange, instances, new InstanceSet(bits));
    }

    private static InstanceSet Narrowed(Exchange exchange, InstanceTable instances, InstanceSet serving) =>
        exchange.Request!.IsStored && serving.Count > 1 ? instances.FirstOf(serving) : serving;

    /// <summary>Embeddings: the limit is on each input, not on their sum.</summary>
    private static bool IsLimitedPerInput(Exchange exchange) => exchange.Request!.Operation == ApiOperation.Embeddings;
}
