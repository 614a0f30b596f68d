using System.Collections.Concurrent;
using Gateway.Recording;

namespace Demo.Hosting;

/// <summary>Keeps the gateway's own record of every request of the show.</summary>
internal sealed class AccessRecords(int expected) : IAccessSink
{
    private readonly ConcurrentDictionary<string, AccessRecord> _records = new();
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the last record: a caller has its answer a moment before the record is written.</summary>
    public Task Complete => _complete.Task;

    public AccessRecord? Find(string requestId) => _records.GetValueOrDefault(requestId);

    void IAccessSink.Write(AccessRecord record)
    {
        if (record.RequestId == WarmUp.RequestId)
        {
            return;
        }

        _records[record.RequestId] = record;
        if (_records.Count == expected)
        {
            _complete.TrySetResult();
        }
    }
}
