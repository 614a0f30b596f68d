using Microsoft.Win32.SafeHandles;

namespace Gateway.Configuration;

/// <summary>
/// What files look like from outside, to see that they have changed. Looked at, not listened to: a listener hears every line that is logged into
/// the same folder, and nothing at all on many network and container mounts.
/// </summary>
internal sealed class FileStamps
{
    private readonly IReadOnlyList<string> _files;
    private readonly (DateTime Written, long Length)?[] _seen;

    public FileStamps(IReadOnlyList<string> files)
    {
        _files = files;
        _seen = [.. files.Select(StampOf)];
    }

    /// <summary>Some file is another than at the last look, or has come or gone.</summary>
    public bool HaveChanged()
    {
        bool changed = false;
        for (int i = 0; i < _seen.Length; i++)
        {
            (DateTime, long)? stamp = StampOf(_files[i]);
            changed |= stamp != _seen[i];
            _seen[i] = stamp;
        }

        return changed;
    }

    /// <summary>Through its links: a mounted ConfigMap changes by swapping one.</summary>
    private static (DateTime Written, long Length)? StampOf(string file)
    {
        try
        {
            using SafeFileHandle handle = File.OpenHandle(file, share: FileShare.ReadWrite | FileShare.Delete);
            return (File.GetLastWriteTimeUtc(handle), RandomAccess.GetLength(handle));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }
}
