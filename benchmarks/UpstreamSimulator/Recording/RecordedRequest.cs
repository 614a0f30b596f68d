using UpstreamSimulator.Recording;

namespace UpstreamSimulator;

/// <summary>One request as it arrived. The body grows while it is being received.</summary>
public sealed class RecordedRequest
{
    private readonly TeeBodyStream _body;

    internal RecordedRequest(HttpContext context, string rawTarget, TeeBodyStream body)
    {
        _body = body;
        Method = context.Request.Method;
        RawTarget = rawTarget;
        ConnectionId = context.Connection.Id;
        RemotePort = context.Connection.RemotePort;
        Headers = [.. context.Request.Headers.SelectMany(header => header.Value.Select(value => KeyValuePair.Create(header.Key, value ?? "")))];
    }

    /// <summary>The method as sent.</summary>
    public string Method { get; }

    /// <summary>Path and query as sent, nothing decoded.</summary>
    public string RawTarget { get; }

    /// <summary>The connection it came over: equal for two requests that shared one.</summary>
    public string ConnectionId { get; }

    /// <summary>The client's port.</summary>
    public int RemotePort { get; }

    /// <summary>Every header line, repeated ones too; bytes above 127 as Latin-1. Kestrel gives well-known names its own upper and lower case.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>The first MiB of the body.</summary>
    public byte[] Body => _body.Captured();

    /// <summary>Bytes of the body received so far, kept or not.</summary>
    public long BodyLength => _body.Total;

    /// <summary>The values of a header, in order.</summary>
    public IReadOnlyList<string> Header(string name) =>
        [.. Headers.Where(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)];
}
