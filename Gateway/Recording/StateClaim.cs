using Gateway.Configuration;

namespace Gateway.Recording;

/// <summary>
/// The right to the state file and to all that lies beside it: whoever holds the file named <c>.lock</c> has it, so that no two gateways write
/// there. Held until everybody who writes there has stopped.
/// </summary>
internal sealed class StateClaim(OptionsSnapshot options) : IDisposable
{
    private readonly Lock _lock = new();
    private FileStream? _held;

    /// <summary>Of the state file; empty when nothing is to be kept.</summary>
    public string Path { get; } = options.Current.StateFile.Length == 0 ? "" : System.IO.Path.GetFullPath(options.Current.StateFile);

    /// <summary>Takes it, unless it is held already. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> when it cannot be had.</summary>
    public void Take()
    {
        lock (_lock)
        {
            // Before anything is made beside it.
            RegularFile.Demand(Path);
            _held ??= new FileStream(Path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
    }

    public void Dispose() => _held?.Dispose();
}
