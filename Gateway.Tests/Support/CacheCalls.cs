using Gateway.Caching;
using Gateway.Configuration;
using Gateway.Recording;
using Gateway.Requests;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Support;

/// <summary>Calls whose answers may be kept, and what the cache says of them.</summary>
internal static class CacheCalls
{
    public static GatewayOptions On(GatewayOptions options) => options with { Cache = new CacheOptions() };

    public static string ChatBody(string content, bool stream = false, string model = "m") =>
        $$"""{"model":"{{model}}","temperature":0,"seed":7,"messages":[{"role":"user","content":"{{content}}"}]{{(stream ? ",\"stream\":true" : "")}}}""";

    public static Task<HttpResponseMessage> CachedChatAsync(
        this Rig rig, string content, bool stream = false, int tier = Rig.Urgent, string? nonce = null, CancellationToken? leave = null, params string[] headers)
    {
        if (nonce is not null)
        {
            rig.Held.Expect(nonce);
            headers = [.. headers, $"x-sim-nonce: {nonce}"];
        }

        return rig.SendAsync(rig.Request(tier, HttpMethod.Post, "/v1/chat/completions", Rig.Json(ChatBody(content, stream)), headers), leave);
    }

    public static Task<HttpResponseMessage> EmbedAsync(this Rig rig, string input, params string[] headers) => rig.SendAsync(
        rig.Request(Rig.Urgent, HttpMethod.Post, "/v1/embeddings", Rig.Json($$"""{"model":"e","input":"{{input}}"}"""), headers));

    /// <summary>Reads the answer to its end, and checks what it says of the cache.</summary>
    public static async Task<byte[]> ReadAsync(this Task<HttpResponseMessage> call, string cache)
    {
        using HttpResponseMessage answer = await call.Soon();
        byte[] body = await answer.BytesAsync();
        Assert.True(answer.Header("X-Cache") == cache, $"{(int)answer.StatusCode} {answer.Header("X-Cache")}");
        return body;
    }

    public static IAnswerStore Store(this Rig rig) => rig.Gateway.Services.GetRequiredService<IAnswerStore>();

    /// <summary>Nobody waits for a call under way, and no memory is counted but that of what is kept.</summary>
    public static async Task AssertNoFlightsAsync(this Rig rig)
    {
        await Eventually.TrueAsync(() => rig.Gateway.Services.GetRequiredService<FlightTable>().Count == 0);
        await rig.Store().ClearAsync(null);
        await Eventually.TrueAsync(() => rig.Gateway.Services.GetRequiredService<CacheBudget>().Held == 0);
    }

    public static async Task<int> WaitForSharedAsync(this Rig rig, int members)
    {
        await Eventually.TrueAsync(() => rig.Gateway.Services.GetRequiredService<FlightTable>().Members == members);
        return members;
    }

    public static int Count(this IEnumerable<AccessRecord> records, CacheState state) => records.Count(record => record.Cache == state);
}
