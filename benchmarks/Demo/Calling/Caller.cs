using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Demo.Scripting;

namespace Demo.Calling;

/// <summary>An ordinary client of the OpenAI API: sends one request to one port, once, and reads the answer.</summary>
internal sealed class Caller(ScriptedRequest request, Uri port, HttpClient http, ShowClock clock)
{
    // Written by the caller's flow only, read by the picture's: the whole view is replaced at once.
    private volatile CallerView _view = new(null, null, null, null);

    public ScriptedRequest Request => request;

    public CallerView View => _view;

    /// <summary>Returns when the answer is there or the show is stopped; failures are part of the view.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await clock.UntilAsync(request.At, stop);
            _view = _view with { SentAt = clock.Now };
            Answer answer = await CallAsync(stop);
            _view = _view with { EndedAt = clock.Now, Answer = answer };
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // No answer: that is what the view says already.
        }
    }

    private async Task<Answer> CallAsync(CancellationToken stop)
    {
        int status = 0;
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(port, "/v1/chat/completions"));
            message.Headers.Add("x-request-id", request.Name);
            message.Content = JsonContent.Create(new
            {
                model = request.Model,
                user = request.Name,
                stream = request.IsStream,
                messages = new[] { new { role = "user", content = "Tell me about " + request.Name } },
            });
            using HttpResponseMessage response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, stop);
            status = (int)response.StatusCode;
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return new Answer(status, "is not a 200");
            }

            await using Stream body = await response.Content.ReadAsStreamAsync(stop);
            string? problem = request.IsStream
                ? await StreamAnswer.CheckAsync(body, request, () => _view = _view with { FirstContentAt = clock.Now }, stop)
                : await PlainAnswer.CheckAsync(body, request, stop);
            return new Answer(status, problem);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new Answer(status, "broke off or makes no sense: " + e.Message);
        }
    }
}
