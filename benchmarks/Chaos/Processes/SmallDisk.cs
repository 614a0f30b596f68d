using System.Globalization;
using Chaos.Calling;

namespace Chaos.Processes;

/// <summary>A disk in memory, mounted for the programs that are started inside alone. To mount one takes rights that not every tester has.</summary>
/// <param name="holder">Lives as long as the mount.</param>
/// <param name="folder">Where it is, for those inside.</param>
/// <param name="bytes">Its size.</param>
internal sealed class SmallDisk(Server holder, string folder, int bytes)
{
    private const string Ready = ".ready";

    /// <summary>Words in front of a command that sees the disk.</summary>
    public IReadOnlyList<string> Inside => ["nsenter", "--target", Text(holder.Id), "--user", "--preserve-credentials", "--mount"];

    public string Folder { get; } = folder;

    /// <summary>The disk as seen from outside.</summary>
    private string Seen => string.Create(CultureInfo.InvariantCulture, $"/proc/{holder.Id}/root{Folder}");

    private string Filler => Path.Combine(Seen, "filler");

    public static IReadOnlyList<string> Holder(string folder, int bytes) =>
    [
        "unshare", "--mount", "--map-root-user", "sh", "-c", $"mount -t tmpfs -o size={Text(bytes)} none '{folder}' && touch '{folder}/{Ready}' && exec sleep infinity",
    ];

    public async Task MountAsync(CancellationToken stop)
    {
        holder.Launch();
        if (await State.BecomesAsync(() => Task.FromResult(File.Exists(Path.Combine(Seen, Ready))), TimeSpan.FromSeconds(10), stop) is null)
            throw new InvalidOperationException($"no disk could be mounted: {holder.Tail}");
    }

    /// <summary>Takes all that is left of it.</summary>
    public async Task FillAsync(CancellationToken stop)
    {
        try
        {
            await using var filler = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            byte[] page = new byte[4096];
            for (int written = 0; written <= bytes; written += page.Length)
                await filler.WriteAsync(page, stop);
        }
        catch (IOException)
        {
            // That is what full means.
        }
    }

    public void Free() => File.Delete(Filler);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
