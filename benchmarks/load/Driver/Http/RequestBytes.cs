using System.Globalization;
using System.Text;

namespace Load.Driver.Http;

/// <summary>Requests as they go over the wire, made once and sent many times.</summary>
internal static class RequestBytes
{
    /// <summary>The client's.</summary>
    public const string Key = "sk-load-0123456789abcdef0123456789abcdef";

    /// <summary>A chat request whose <paramref name="knobs"/> are headers that tell the upstream simulator how to answer.</summary>
    public static ReadOnlyMemory<byte> Chat(byte[] body, IReadOnlyDictionary<string, double> knobs)
    {
        var head = new StringBuilder("POST /v1/chat/completions HTTP/1.1\r\n")
            .Append("Host: 127.0.0.1\r\n")
            .Append($"Authorization: Bearer {Key}\r\n")
            .Append("Content-Type: application/json\r\n")
            .Append("Accept: application/json\r\n")
            .Append("User-Agent: load-driver\r\n");
        foreach ((string name, double value) in knobs)
            head.Append(name).Append(": ").Append(value.ToString(CultureInfo.InvariantCulture)).Append("\r\n");
        head.Append("Content-Length: ").Append(body.Length.ToString(CultureInfo.InvariantCulture)).Append("\r\n\r\n");

        return (byte[])[.. Encoding.ASCII.GetBytes(head.ToString()), .. body];
    }
}
