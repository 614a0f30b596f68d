using System.Diagnostics.CodeAnalysis;

namespace Gateway.Upstreams;

/// <summary>One look at an instance: it lists its models, with its own key. Any answer but a server's error is a sign of life.</summary>
internal static class HealthCheck
{
    private const int ServerError = 500;

    /// <summary>Null when it lives, else what is wrong.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "However the check fails, it is one kind of end.")]
    public static async Task<string?> RunAsync(InstanceState instance, TimeSpan limit, TimeProvider time, CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, instance.Dialect.UriOf("/models", "", model: null));
            (request.Version, request.VersionPolicy) = instance.HttpVersion;
            if (!string.IsNullOrEmpty(instance.Options.ApiKey))
            {
                instance.Dialect.AddKey(request.Headers, instance.Options.ApiKey);
            }

            UpstreamConnection.Follow(null);
            using HttpResponseMessage answer = await instance.Invoker.SendAsync(request, either.Token);
            return (int)answer.StatusCode < ServerError ? null : $"check: status {(int)answer.StatusCode}";
        }
        catch (OperationCanceledException)
        {
            return $"check: no answer within {limit.TotalSeconds} s";
        }
        catch (Exception e)
        {
            return $"check: {e.GetBaseException().Message}";
        }
    }
}
