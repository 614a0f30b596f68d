using System.Net.Http.Headers;
using System.Text;
using Gateway.Configuration;

namespace Gateway.Recording.Influx;

/// <summary>Where points are written, and by what right. Pure.</summary>
internal static class InfluxTarget
{
    private const string CurrentPath = "/api/v2/write";
    private const string LegacyPath = "/write";

    /// <summary>
    /// InfluxDB 2 and whatever speaks its API: the base URL, to which <c>/api/v2/write</c> is added. InfluxDB 1: a URL that ends in <c>/write</c>,
    /// where the bucket is the database.
    /// </summary>
    public static Uri AddressOf(GatewayOptions options)
    {
        var address = new UriBuilder(options.InfluxdbUrl) { UserName = "", Password = "" };
        string bucket = Uri.EscapeDataString(options.InfluxBucket);
        if (IsLegacy(address.Path))
        {
            address.Query = $"db={bucket}&precision=ns";
        }
        else
        {
            string path = address.Path.TrimEnd('/');
            address.Path = path.EndsWith(CurrentPath, StringComparison.Ordinal) ? path : path + CurrentPath;
            address.Query = $"org={Uri.EscapeDataString(options.InfluxOrg)}&bucket={bucket}&precision=ns";
        }

        return address.Uri;
    }

    /// <summary>The token; else the URL's user and password, which is all that InfluxDB 1 knows; else nothing.</summary>
    public static AuthenticationHeaderValue? AuthorizationOf(GatewayOptions options)
    {
        if (!string.IsNullOrEmpty(options.InfluxToken))
        {
            return new AuthenticationHeaderValue("Token", options.InfluxToken);
        }

        string user = Uri.UnescapeDataString(new Uri(options.InfluxdbUrl).UserInfo);
        return user.Length == 0 ? null : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(user)));
    }

    private static bool IsLegacy(string path) => path.EndsWith(LegacyPath, StringComparison.Ordinal) && !path.EndsWith(CurrentPath, StringComparison.Ordinal);
}
