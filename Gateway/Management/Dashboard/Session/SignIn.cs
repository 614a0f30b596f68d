using System.Text;
using Gateway.Errors;
using Gateway.Management.OpenApi;
using Gateway.Management.Protection;
using Gateway.Requests;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Management.Dashboard.Session;

/// <summary>A browser cannot send headers when it opens a page: a form takes the admin token once, and a cookie stands for it from then on.</summary>
internal static partial class SignIn
{
    public const string PagePath = "/dashboard";

    private const string SessionPath = "/dashboard/session";
    private const string Field = "token";
    private const int MaxFormBytes = 4096;

    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods(SessionPath, [HttpMethods.Post], BeginAsync).WithMetadata(
            OwnRefusal.Mark,
            new RouteDocs("Takes the admin token from a form and sets a session cookie; browsers are sent on to the dashboard.", Answer: null)
            {
                MediaType = "text/html",
                Status = StatusCodes.Status303SeeOther,
                Refusals = [Outcome.BodyTooLarge],
            });
        routes.MapMethods(SessionPath, [HttpMethods.Delete], EndAsync).WithMetadata(
            new RouteDocs("Ends the session, and takes its cookie back.", Answer: null) { MediaType = "text/plain" });
    }

    public static bool IsForPeople(HttpRequest request) =>
        request.Headers.Accept.Any(static accept => accept?.Contains("text/html", StringComparison.OrdinalIgnoreCase) == true);

    /// <summary>The sign-in page, as the refusal it is.</summary>
    public static Task AskAsync(HttpContext context, string message)
    {
        string page = PageFiles.SignIn.Replace(PageFiles.SignInMessage, message, StringComparison.Ordinal);
        context.Response.StatusCode = ErrorCatalog.Of(Outcome.ManagementUnauthorized)!.Status;
        return PageAnswer.WriteAsync(
            context, Encoding.UTF8.GetBytes(page), "text/html; charset=utf-8",
            $"default-src 'none'; style-src 'sha256-{PageFiles.SignInStyleHash}'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            Outcome.ManagementUnauthorized);
    }

    private static async Task BeginAsync(HttpContext context)
    {
        IServiceProvider services = context.RequestServices;
        ManagementGuard guard = services.GetRequiredService<ManagementGuard>();
        if (guard.Token is not { } token)
        {
            await GoOnAsync(context, guard.Refusal(context));
            return;
        }

        if (!OwnPage.Sent(context.Request) && context.Request.Headers.Origin.Count > 0)
        {
            await Exchange.Of(context).Fail(new RequestError(Outcome.ManagementForbidden, "A page of another origin sent it."));
            return;
        }

        if (await ReadAsync(context) is { } sent && token.Matches(sent))
        {
            SessionCookie.Set(context, token.BeginSession(services.GetRequiredService<TimeProvider>().GetUtcNow()));
            Log.SignedIn(services.GetRequiredService<ILogger<AdminToken>>());
            await GoOnAsync(context, refusal: null);
            return;
        }

        await services.GetRequiredService<TokenBrake>().HoldAsync(context.RequestAborted);
        await (IsForPeople(context.Request)
            ? AskAsync(context, """<p class="wrong" role="alert">That is not the admin token.</p>""")
            : Exchange.Of(context).Fail(new RequestError(Outcome.ManagementUnauthorized)));
    }

    private static Task EndAsync(HttpContext context)
    {
        context.RequestServices.GetRequiredService<ManagementGuard>().EndSession(context.Request);
        SessionCookie.Clear(context);
        return PageAnswer.WriteAsync(context, "Signed out.\n"u8.ToArray(), "text/plain");
    }

    private static Task GoOnAsync(HttpContext context, RequestError? refusal)
    {
        if (refusal is not null)
        {
            return Exchange.Of(context).Fail(refusal);
        }

        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = PagePath;
        return PageAnswer.WriteAsync(context, ReadOnlyMemory<byte>.Empty, "text/plain");
    }

    /// <summary>Null when the form is none, or names no token or several.</summary>
    private static async Task<string?> ReadAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
        {
            body.MaxRequestBodySize = MaxFormBytes;
        }

        if (!context.Request.HasFormContentType)
        {
            return null;
        }

        try
        {
            IFormCollection form = await context.Request.ReadFormAsync(context.RequestAborted);
            return form[Field] is [{ Length: > 0 } token] ? token : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3211, LogLevel.Information, "Somebody signed in to the dashboard")]
        public static partial void SignedIn(ILogger logger);
    }
}
