using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.Support;

/// <summary>Reads one whole reply of a Redis.</summary>
internal static class RespReply
{
    public static async Task<string> ReadAsync(NetworkStream stream)
    {
        var reply = new StringBuilder();
        await ReadAsync(stream, reply);
        return reply.ToString();
    }

    private static async Task ReadAsync(NetworkStream stream, StringBuilder reply)
    {
        string line = await LineAsync(stream);
        reply.Append(line).Append("\r\n");
        int count = line.Length > 1 && line[0] is '$' or '*' ? int.Parse(line[1..], CultureInfo.InvariantCulture) : 0;
        if (line[0] == '$' && count >= 0)
        {
            byte[] text = new byte[count + 2];
            await stream.ReadExactlyAsync(text);
            reply.Append(Encoding.Latin1.GetString(text));
        }

        for (int i = 0; line[0] == '*' && i < count; i++)
        {
            await ReadAsync(stream, reply);
        }
    }

    private static async Task<string> LineAsync(NetworkStream stream)
    {
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (line.Length < 2 || line[^2] != '\r' || line[^1] != '\n')
        {
            await stream.ReadExactlyAsync(one);
            line.Append((char)one[0]);
        }

        return line.ToString(0, line.Length - 2);
    }
}
