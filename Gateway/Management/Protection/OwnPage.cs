namespace Gateway.Management.Protection;

/// <summary>
/// Did a page of this gateway send it? A session travels by itself, so whoever sends it must be asked; a token in a header is only ever sent by
/// somebody who knows it. Pure.
/// </summary>
internal static class OwnPage
{
    public static bool Sent(HttpRequest request)
    {
        IHeaderDictionary headers = request.Headers;
        if (headers["Sec-Fetch-Site"] is [{ } site, ..])
        {
            // "none" is a person who typed the address, which changes nothing.
            return site == "same-origin" || (site == "none" && IsReading(request.Method));
        }

        // Browsers say the above only to https and to this machine. The scheme is left out: behind a proxy it is not ours to know.
        return headers.Origin switch
        {
            [] => IsReading(request.Method),
            [{ } origin] => Uri.TryCreate(origin, UriKind.Absolute, out Uri? page)
                && page.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase),
            _ => false,
        };
    }

    private static bool IsReading(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method);
}
