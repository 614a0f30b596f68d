using Microsoft.Win32.SafeHandles;

namespace Gateway.Configuration;

/// <summary>
/// What files look like from outside, to see that they have changed. Looked at, not listened to: a listener hears every line that is logged into
/// the same folder, and nothing at all on many network and container mounts.
/// </summary>
internal sealed class FileStamps
{
    private readonly List<string> _files = [];
    private readonly List<(DateTime Written, long Length)?> _seen = [];

    /// <summary>Looks at them for the first time. To be called before they are read, or a change in between would go unseen.</summary>
    public void Add(params IReadOnlyList<string> files)
    {
        _files.AddRange(files);
        _seen.AddRange(files.Select(StampOf));
    }

    public bool Contains(string file) => _files.Contains(file);

    /// <summary>Some file is another than at the last look, or has come or gone.</summary>
    public bool HaveChanged()
    {
        bool changed = false;
        for (int i = 0; i < _seen.Count; i++)
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
