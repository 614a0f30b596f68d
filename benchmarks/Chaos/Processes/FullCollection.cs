using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Chaos.Processes;

/// <summary>
/// Makes a .NET process collect all its garbage, over its diagnostics socket: what it holds afterwards is what it needs. An event session with
/// the runtime's keyword for it does that; the events themselves are thrown away.
/// </summary>
internal static class FullCollection
{
    private const string Provider = "Microsoft-Windows-DotNETRuntime";

    /// <summary>"GCHeapCollect" of the runtime's event keywords.</summary>
    private const ulong Collect = 0x800000;

    private const uint Informational = 4;
    private const int HeaderLength = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task InduceAsync(int process, CancellationToken stop)
    {
        // One that was killed has left its socket behind, and its number may be given out again.
        string socket = Directory.EnumerateFiles(Path.GetTempPath(), $"dotnet-diagnostic-{process.ToString(CultureInfo.InvariantCulture)}-*-socket")
            .MaxBy(File.GetLastWriteTimeUtc) ?? throw new InvalidOperationException("A process without a diagnostics socket.");
        using var session = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await session.ConnectAsync(new UnixDomainSocketEndPoint(socket), stop);
        await session.SendAsync(Command(3, StartPayload()), stop);
        byte[] answer = new byte[HeaderLength + sizeof(ulong)];
        for (int read = 0; read < answer.Length;)
            read += await session.ReceiveAsync(answer.AsMemory(read), stop);

        using var stopping = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await stopping.ConnectAsync(new UnixDomainSocketEndPoint(socket), stop);
        await stopping.SendAsync(Command(1, answer[HeaderLength..]), stop);
        byte[] rest = new byte[1 << 16];
        while (await session.ReceiveAsync(rest, stop).AsTask().WaitAsync(Patience, TimeProvider.System, stop) > 0)
        {
        }
    }

    /// <summary>Of the command set "EventPipe": 3 starts a session, 1 stops it.</summary>
    private static byte[] Command(byte command, byte[] payload)
    {
        byte[] message = [.. "DOTNET_IPC_V1\0"u8, 0, 0, 2, command, 0, 0, .. payload];
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(14), (ushort)message.Length);
        return message;
    }

    private static byte[] StartPayload()
    {
        using var payload = new MemoryStream();
        using var writer = new BinaryWriter(payload);
        const uint BufferMb = 16, NetTrace = 1, Providers = 1, NoFilter = 0;
        writer.Write(BufferMb);
        writer.Write(NetTrace);
        writer.Write(false);
        writer.Write(Providers);
        writer.Write(Collect);
        writer.Write(Informational);
        writer.Write((uint)Provider.Length + 1);
        writer.Write(Encoding.Unicode.GetBytes(Provider + '\0'));
        writer.Write(NoFilter);
        return payload.ToArray();
    }
}
