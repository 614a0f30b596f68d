using System.Text.Json;
using Gateway.Tests.Support;

namespace Gateway.Tests.Management.Dashboard;

/// <summary>Reads one frame after the other.</summary>
internal sealed class FrameReader(HttpResponseMessage answer, StreamReader stream) : IDisposable
{
    /// <summary>Null when the gateway ended the stream.</summary>
    public async Task<JsonElement?> NextAsync()
    {
        while (await stream.ReadLineAsync(Rig.Cancel).AsTask().Soon() is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return JsonElement.Parse(line[6..]);
            }
        }

        return null;
    }

    /// <summary>Reads on until a frame is as it should be.</summary>
    public async Task<JsonElement> UntilAsync(Func<JsonElement, bool> condition)
    {
        while (await NextAsync() is { } frame)
        {
            if (condition(frame))
            {
                return frame;
            }
        }

        throw new InvalidOperationException("The stream ended.");
    }

    public void Dispose()
    {
        stream.Dispose();
        answer.Dispose();
    }
}
