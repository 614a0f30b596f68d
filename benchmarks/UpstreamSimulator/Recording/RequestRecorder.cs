namespace UpstreamSimulator.Recording;

/// <summary>Keeps the newest requests for a test to read.</summary>
internal sealed class RequestRecorder(bool enabled)
{
    private const int MaxRequests = 2_000;
    private readonly Lock _lock = new();
    private readonly Queue<RecordedRequest> _requests = new();

    public IReadOnlyList<RecordedRequest> Requests()
    {
        lock (_lock) return [.. _requests];
    }

    public void Record(HttpContext context, string rawTarget)
    {
        if (!enabled) return;
        TeeBodyStream body = new(context.Request.Body);
        context.Request.Body = body;
        RecordedRequest request = new(context, rawTarget, body);
        lock (_lock)
        {
            if (_requests.Count == MaxRequests) _requests.Dequeue();
            _requests.Enqueue(request);
        }
    }

    public void Clear()
    {
        lock (_lock) _requests.Clear();
    }
}
