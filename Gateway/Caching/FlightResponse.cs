using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Caching;

/// <summary>
/// The response that the later stages of a leader see: what they put into it goes to all members, and the caller that may abort it is the last of
/// them.
/// </summary>
internal sealed class FlightResponse : IHttpResponseFeature, IHttpResponseBodyFeature, IHttpRequestLifetimeFeature
{
    private readonly Flight _flight;
    private readonly IHttpResponseFeature _own;
    private FlightHead? _head;

    public FlightResponse(Flight flight, IHttpResponseFeature own)
    {
        (_flight, _own) = (flight, own);
        Writer = new FlightWriter(flight, this);
        RequestAborted = flight.AllLeft;
    }

    public int StatusCode { get; set; } = StatusCodes.Status200OK;

    public string? ReasonPhrase { get; set; }

    public IHeaderDictionary Headers { get; set; } = new HeaderDictionary();

    public Stream Body
    {
        get => Stream;
        set => throw new NotSupportedException();
    }

    public bool HasStarted => _head is not null;

    public Stream Stream => Writer.AsStream(leaveOpen: true);

    public PipeWriter Writer { get; }

    public CancellationToken RequestAborted { get; set; }

    public void Abort() => throw new NotSupportedException("A flight ends by what its leader's later stages return.");

    public void DisableBuffering()
    {
    }

    public void OnStarting(Func<object, Task> callback, object state) => _own.OnStarting(callback, state);

    public void OnCompleted(Func<object, Task> callback, object state) => _own.OnCompleted(callback, state);

    public async Task StartAsync(CancellationToken cancellationToken = default) => await _flight.PublishAsync(Start(), cancellationToken);

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task CompleteAsync() => Task.CompletedTask;

    /// <summary>From here on status and headers are as they are.</summary>
    public FlightHead Start() => _head ??= new FlightHead(StatusCode, [.. Headers]);
}
