using System.Net;
using System.Net.Sockets;

namespace Gateway.Tests.Support;

/// <summary>Ports for another process, which cannot be given a socket that is open already.</summary>
internal static class FreePorts
{
    /// <summary>Below the range from which the system takes ports for others, so that nobody gets them in between.</summary>
    public static int[] Take(int count)
    {
        var free = new HashSet<int>();
        while (free.Count < count)
        {
            int port = Random.Shared.Next(20_000, 30_000);
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                free.Add(port);
            }
            catch (SocketException)
            {
                // Taken: try another.
            }
        }

        return [.. free];
    }
}
