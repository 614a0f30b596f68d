using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Gateway.Upstreams;

/// <summary>A <c>proxy_url</c> taken apart: what the library makes of one knows no user and no password.</summary>
internal sealed class OutboundProxy
{
    private OutboundProxy(Uri url)
    {
        Address = new UriBuilder(url) { UserName = "", Password = "" }.Uri;
        if (url.UserInfo.Length > 0)
        {
            string[] parts = url.UserInfo.Split(':', 2);
            Credentials = new NetworkCredential(Uri.UnescapeDataString(parts[0]), Uri.UnescapeDataString(parts.ElementAtOrDefault(1) ?? ""));
            Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Credentials.UserName}:{Credentials.Password}")));
        }
    }

    public Uri Address { get; }

    public NetworkCredential? Credentials { get; }

    /// <summary>The same as they are sent to a proxy that is not asked first; null for none.</summary>
    public AuthenticationHeaderValue? Authorization { get; }

    /// <summary>Null where the setting is empty, which means no proxy.</summary>
    public static OutboundProxy? Of(string url) => url.Length == 0 ? null : new OutboundProxy(new Uri(url));
}
