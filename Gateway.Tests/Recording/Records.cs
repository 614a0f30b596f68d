using Gateway.Recording;

namespace Gateway.Tests.Recording;

/// <summary>Access records for tests.</summary>
internal static class Records
{
    public static AccessRecord New(string path = "/v1/x", string method = "GET") => new()
    {
        RequestId = "id",
        StartedAt = DateTimeOffset.UnixEpoch,
        Started = 0,
        Listener = "batch",
        Priority = 3,
        Method = method,
        Path = path,
    };
}
