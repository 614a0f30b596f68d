using System.Net;
using System.Net.Sockets;

namespace Load.Driver.Processes;

/// <summary>Free loopback ports, below the range from which the system takes the local ports of outgoing connections.</summary>
internal sealed class Ports
{
    private const int First = 20_000;
    private const int Last = 32_000;

    // Starting at the process id keeps two drivers of one machine apart.
    private int _next = First + (Environment.ProcessId * 50 % (Last - First));

    public int Next()
    {
        for (int tries = 0; tries < Last - First; tries++)
        {
            int port = _next++;
            if (_next >= Last)
                _next = First;
            if (IsFree(port))
                return port;
        }

        throw new InvalidOperationException("no free port");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
