using System.Globalization;
using Gateway.Configuration;
using Microsoft.Extensions.Primitives;

namespace Gateway.Management.Protection;

/// <summary>
/// How a browser keeps its session. One cookie for each root of the management routes, so that none ever travels with a call of the API, whose
/// cookies may be passed on to an upstream.
/// </summary>
internal static class SessionCookie
{
    private const string Name = "gateway_session";
    private const int MaxLength = 128;

    public static string? Read(HttpRequest request) =>
        request.Cookies.TryGetValue(Name, out string? value) && value.Length <= MaxLength ? value : null;

    public static void Set(HttpContext context, string session) => Write(context, session, AdminToken.SessionLife);

    public static void Clear(HttpContext context) => Write(context, "", TimeSpan.Zero);

    private static void Write(HttpContext context, string value, TimeSpan life)
    {
        // Believed, because all it can do is keep the cookie from travelling in the clear.
        bool isSecure = context.Request.IsHttps || context.Request.Headers["X-Forwarded-Proto"] is ["https"];
        string seconds = ((long)life.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.SetCookie = new StringValues(
            [.. ValueRules.ManagementRoots.Select(root => $"{Name}={value}; Path={root}; Max-Age={seconds}; HttpOnly; SameSite=Strict{(isSecure ? "; Secure" : "")}")]);
    }
}
