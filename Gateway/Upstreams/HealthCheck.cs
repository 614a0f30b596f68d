using System.Diagnostics.CodeAnalysis;
using Gateway.Configuration;

namespace Gateway.Upstreams;

/// <summary>One look at an instance: it lists its models, with its own key. Any answer is a sign of life, but for a server's error, a redirect, and a refusal of that key.</summary>
internal static class HealthCheck
{
    /// <summary>Null when it lives, else what is wrong.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "However the check fails, it is one kind of end.")]
    public static async Task<string?> RunAsync(InstanceState instance, TimeSpan limit, TimeProvider time, CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        try
        {
            bool hasKey = instance.Options.Auth == InstanceAuth.Entra || !string.IsNullOrEmpty(instance.Options.ApiKey);
            using var request = new HttpRequestMessage(HttpMethod.Get, instance.Dialect.UriOf("/models", "", model: null, isRead: true));
            (request.Version, request.VersionPolicy) = instance.HttpVersion;
            if (!string.IsNullOrEmpty(instance.Options.ApiKey))
            {
                instance.Dialect.AddKey(request.Headers, instance.Options.ApiKey);
            }

            UpstreamConnection.Follow(null);
            using HttpResponseMessage answer = await instance.Invoker.SendAsync(request, either.Token);
            int status = (int)answer.StatusCode;
            bool isWrong = FailurePolicy.IsServersFault(status) || FailurePolicy.IsRedirect(status) || (hasKey && status == 401);
            return isWrong ? $"check: status {status}" : null;
        }
        catch (OperationCanceledException)
        {
            return $"check: no answer within {limit.TotalSeconds} s";
        }
        catch (Exception e)
        {
            return $"check: {FailureWords.Of(e)}";
        }
    }
}
