namespace Gateway.Configuration;

/// <summary>
/// The options in force. Requests read <see cref="Current"/> once and keep what they got, so that a reload never shows them two halves.
/// </summary>
internal sealed class OptionsSnapshot(GatewayOptions initial)
{
    private volatile GatewayOptions _current = initial;

    /// <summary>Raised after a new configuration took effect, on the thread that loaded it, one publication at a time.</summary>
    public event Action<GatewayOptions>? Changed;

    public GatewayOptions Current => _current;

    /// <summary>
    /// Puts new options in force. Called by the watcher and, for run-time edits, by the admin routes, which serialise among themselves.
    /// </summary>
    public void Publish(GatewayOptions options)
    {
        _current = options;
        Changed?.Invoke(options);
    }
}
