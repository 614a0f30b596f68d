using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Recording.Influx;

/// <summary>
/// The lines of one batch, in a file that is mapped into memory: what is copied there outlives the process, however it ends, without a call to the
/// system. (Not the machine: nothing is flushed.) Not thread-safe.
/// </summary>
internal sealed class PointFile : IDisposable
{
    /// <summary>Of every file, whatever is in it.</summary>
    public const int Size = PointBatch.MaxBytes + PointBatch.MaxLine + HeaderLength;

    private const int LengthAt = 8;
    private const int HeaderLength = 16;

    private readonly MemoryMappedViewAccessor _view;
    private readonly SafeMemoryMappedViewHandle _bytes;
    private int _length;

    private PointFile(FileStream file, int length)
    {
        (Path, _length) = (file.Name, length);
        using var map = MemoryMappedFile.CreateFromFile(file, mapName: null, Size, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = map.CreateViewAccessor(0, Size);
        _bytes = _view.SafeMemoryMappedViewHandle;
    }

    public string Path { get; }

    public bool IsEmpty => _length == 0;

    /// <summary>Opens one, or makes it. Null when something else is in the file. Throws what <see cref="FileStream"/> throws, also for want of room.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="lines">What was in it.</param>
    public static PointFile? Open(string path, out PointLines lines)
    {
        lines = default;
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        // The mapping outlives the descriptor: a file that waits holds none.
        using var file = new FileStream(path, options);
        bool isNew = false;
        try
        {
            byte[] image = new byte[Size];
            int read = file.ReadAtLeast(image, Size, throwOnEndOfStream: false);

            // Whoever was killed while making it left nothing but zeros.
            isNew = file.Length <= Size && !image.AsSpan(0, read).ContainsAnyExcept((byte)0);
            if (!isNew && (file.Length != Size || !TryRead(image, out lines)))
            {
                return null;
            }

            // The same again, or zeros: what a file system takes by this it has room for. A page of a mapping that it had none for would end the process.
            file.Position = 0;
            file.Write(image);
            var points = new PointFile(file, lines.Bytes.Length);
            points._bytes.WriteSpan(0, Magic);
            return points;
        }
        catch
        {
            if (isNew)
            {
                File.Delete(path);
            }

            throw;
        }
    }

    /// <summary>False when it is no file of ours, or damaged.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> image, out PointLines lines)
    {
        lines = default;
        ReadOnlySpan<byte> bytes = image.Span;
        if (bytes.Length < HeaderLength || !bytes.StartsWith(Magic))
        {
            return false;
        }

        long length = BitConverter.ToInt64(bytes[LengthAt..]);
        if (length < 0 || length > bytes.Length - HeaderLength)
        {
            return false;
        }

        return PointLines.TryRead(image.Slice(HeaderLength, (int)length), out lines);
    }

    /// <summary>The length goes last: a line that is cut off by the end of the process is not in the file.</summary>
    public void Append(ReadOnlySpan<byte> line)
    {
        _bytes.WriteSpan((ulong)(HeaderLength + _length), line);
        _length += line.Length;
        _bytes.Write(LengthAt, (long)_length);
    }

    public void Clear()
    {
        _length = 0;
        _bytes.Write(LengthAt, 0L);
    }

    /// <summary>What is in it stays there.</summary>
    public void Dispose() => _view.Dispose();

    /// <summary>With the version.</summary>
    private static ReadOnlySpan<byte> Magic => "GWPOINT1"u8;
}
