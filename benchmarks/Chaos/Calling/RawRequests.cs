using System.Globalization;
using Chaos.Processes;

namespace Chaos.Calling;

/// <summary>Requests as they are on the wire.</summary>
internal static class RawRequests
{
    public static string Chat(ChatCall call)
    {
        string body = Caller.Body(call);
        string knobs = string.Concat(Caller.Knobs(call).Select(static knob => $"{knob.Name}: {knob.Value}\r\n"));
        return Head("POST /v1/chat/completions", body.Length, knobs) + body;
    }

    /// <summary>A head with a good key, and the length of a body that may follow.</summary>
    public static string Head(string what, long length, string headers = "") => string.Create(
        CultureInfo.InvariantCulture,
        $"{what} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {Canaries.Client}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n");
}
