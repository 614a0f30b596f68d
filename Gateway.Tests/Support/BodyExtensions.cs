using Gateway.Caching;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Support;

/// <summary>Reads a whole body within the time that a test has; throws when the transfer is broken.</summary>
internal static class BodyExtensions
{
    public static Task<string> TextAsync(this HttpResponseMessage answer) => answer.Content.ReadAsStringAsync(Rig.Cancel).Soon();

    public static async Task<byte[]> BytesAsync(this HttpResponseMessage answer)
    {
        byte[] body = await answer.Content.ReadAsByteArrayAsync(Rig.Cancel).Soon();
        if (answer.Header("X-Cache-Key") is { Length: > 0 } key && answer.RequestMessage!.Options.TryGetValue(Rig.Asked, out Rig? rig))
        {
            // The last byte is out before the answer is kept, or its call forgotten: whoever asks in between shares it.
            FlightTable flights = rig.Gateway.Services.GetRequiredService<FlightTable>();
            await Eventually.TrueAsync(() => flights.UnderWay.All(under => under.ToString() != key));
        }

        return body;
    }
}
