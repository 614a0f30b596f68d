using System.Diagnostics.CodeAnalysis;

namespace Gateway.Configuration;

/// <summary>
/// The options in force. Requests read <see cref="Current"/> once and keep what they got, so that a reload never shows them two halves.
/// </summary>
internal sealed class OptionsSnapshot(GatewayOptions initial)
{
    private readonly Lock _publishing = new();
    private volatile GatewayOptions _current = initial;

    /// <summary>Raised after a new configuration took effect, on the thread that published it, one publication at a time.</summary>
    public event Action<GatewayOptions>? Changed;

    public GatewayOptions Current => _current;

    /// <summary>Puts new options in force.</summary>
    public void Publish(GatewayOptions options) => Edit(_ => options);

    /// <summary>Puts in force what becomes of the current options; null changes nothing. Nobody else publishes in between.</summary>
    public void Edit(Func<GatewayOptions, GatewayOptions?> edit)
    {
        lock (_publishing)
        {
            if (edit(_current) is { } next)
            {
                _current = next;
                Tell(next);
            }
        }
    }

    /// <summary>Tells everybody, also behind one who fails: a revoked key must not stay good for somebody else's bug.</summary>
    /// <exception cref="AggregateException">Whoever failed, when all have been told.</exception>
    [SuppressMessage("Design", "CA1031", Justification = "They are thrown when all have been told.")]
    private void Tell(GatewayOptions options)
    {
        List<Exception> failures = [];
        foreach (Action<GatewayOptions> listener in Delegate.EnumerateInvocationList(Changed))
        {
            try
            {
                listener(options);
            }
            catch (Exception e)
            {
                failures.Add(e);
            }
        }

        if (failures.Count > 0)
        {
            throw new AggregateException(failures);
        }
    }
}
