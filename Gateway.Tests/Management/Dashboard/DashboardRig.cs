using System.Net;
using System.Text.Json;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Management.Dashboard;

/// <summary>Calls of the dashboard's routes without a browser.</summary>
internal static class DashboardRig
{
    public static Task<HttpResponseMessage> SignInAsync(this Rig rig, string token, params string[] headers) => rig.SendAsync(
        rig.Request(Rig.Urgent, HttpMethod.Post, "/dashboard/session", new FormUrlEncodedContent([new("token", token)]), headers)).Soon();

    /// <summary>The cookie of a fresh session, as a header.</summary>
    public static async Task<string> SessionAsync(this Rig rig)
    {
        using HttpResponseMessage answer = await rig.SignInAsync(AdminRig.Token);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        return $"Cookie: {answer.Headers.GetValues("Set-Cookie").First().Split(';')[0]}";
    }

    /// <summary>Opens the stream of frames.</summary>
    public static async Task<FrameReader> WatchAsync(this Rig rig, params string[] headers)
    {
        HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Get, "/dashboard/events", null, headers)).Soon();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.ToString());
        return new FrameReader(answer, new StreamReader(await answer.Content.ReadAsStreamAsync(Rig.Cancel)));
    }

    public static JsonElement Tier(this JsonElement frame, int priority) =>
        frame.GetProperty("tiers").EnumerateArray().Single(tier => tier.GetProperty("priority").GetInt32() == priority);

    public static IEnumerable<string> Kinds(this JsonElement frame) =>
        frame.GetProperty("events").EnumerateArray().Select(static happened => happened.GetProperty("kind").GetString()!);
}
