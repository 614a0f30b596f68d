using System.Buffers;
using System.Security.Cryptography;

namespace Gateway.Recording.Usage;

/// <summary>
/// What the state file holds: <c>GWUS</c>, a version, the gateway's id, per resolution a count and so many slots (number, length, sums), and
/// SHA-256 of all that.
/// </summary>
internal static class UsageState
{
    private const byte Version = 1;
    private const int IdLength = 16;
    private const int MaxSlotBytes = 1 << 20;

    private static ReadOnlySpan<byte> Magic => "GWUS"u8;

    public static byte[] Encode(UsageHistory history, DateTimeOffset now)
    {
        var bytes = new ArrayBufferWriter<byte>(64 * 1024);
        bytes.Write(Magic);
        bytes.Write([Version]);
        bytes.Write(history.Id.ToByteArray());
        foreach (UsageResolution resolution in UsageResolution.All)
        {
            (long Slot, byte[] Sums)[] slots = [.. history.From(resolution, resolution.Oldest(now))];
            VarInt.Write(bytes, slots.Length);
            foreach ((long slot, byte[] sums) in slots)
            {
                VarInt.Write(bytes, slot);
                VarInt.Write(bytes, sums.Length);
                bytes.Write(sums);
            }
        }

        bytes.Write(SHA256.HashData(bytes.WrittenSpan));
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Puts what the file holds into the history. False, and nothing or not all of it taken over, when the file is broken.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> file, UsageHistory history, DateTimeOffset now)
    {
        int end = file.Length - SHA256.HashSizeInBytes;
        if (end < Magic.Length + 1 + IdLength || !SHA256.HashData(file[..end]).AsSpan().SequenceEqual(file[end..])
            || !file.StartsWith(Magic) || file[Magic.Length] != Version)
        {
            return false;
        }

        ReadOnlySpan<byte> left = file[(Magic.Length + 1)..end];
        history.Id = new Guid(left[..IdLength]);
        left = left[IdLength..];
        foreach (UsageResolution resolution in UsageResolution.All)
        {
            if (!TryDecodeSlots(ref left, history, resolution, resolution.Oldest(now)))
            {
                return false;
            }
        }

        return left.IsEmpty;
    }

    private static bool TryDecodeSlots(ref ReadOnlySpan<byte> left, UsageHistory history, UsageResolution resolution, long oldest)
    {
        if (!VarInt.TryRead(ref left, resolution.Slots, out long count))
        {
            return false;
        }

        for (long i = 0; i < count; i++)
        {
            if (!VarInt.TryRead(ref left, long.MaxValue, out long slot)
                || !VarInt.TryRead(ref left, MaxSlotBytes, out long length) || left.Length < length
                || (slot >= oldest && !history.TryRestore(resolution, slot, left[..(int)length])))
            {
                return false;
            }

            left = left[(int)length..];
        }

        return true;
    }
}
