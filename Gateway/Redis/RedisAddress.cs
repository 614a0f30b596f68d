using System.Globalization;
using StackExchange.Redis;

namespace Gateway.Redis;

/// <summary>What <c>redis_url</c> says, for the client library: <c>redis[s]://[:password@]host[:port][/database]</c>.</summary>
internal static class RedisAddress
{
    private const int DefaultPort = 6379;

    public static ConfigurationOptions Parse(string url)
    {
        var uri = new Uri(url);
        string password = Uri.UnescapeDataString(uri.UserInfo[(uri.UserInfo.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        var options = new ConfigurationOptions
        {
            // A Redis that is not there yet is no reason not to start.
            AbortOnConnectFail = false,
            Ssl = uri.Scheme == "rediss",
            Password = password.Length == 0 ? null : password,
            DefaultDatabase = int.TryParse(uri.AbsolutePath.Trim('/'), NumberStyles.None, CultureInfo.InvariantCulture, out int database) ? database : 0,
            ClientName = "gateway",
            ConnectTimeout = 1000,
            SyncTimeout = 1000,
            ConnectRetry = 1,
            KeepAlive = 10,
            ReconnectRetryPolicy = new JitteredReconnect(),
        };
        options.EndPoints.Add(uri.Host.Trim('[', ']'), uri.Port < 0 ? DefaultPort : uri.Port);
        return options;
    }

    /// <summary>For people: without the password.</summary>
    public static string Shown(string url) => new Uri(url).GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
}
