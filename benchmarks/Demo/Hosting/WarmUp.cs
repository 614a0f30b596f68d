using Demo.Calling;
using Demo.Scripting;

namespace Demo.Hosting;

/// <summary>One call of each kind before the curtain: else the first rows would show how long .NET takes to compile, not how long anybody waits.</summary>
internal static class WarmUp
{
    public const string RequestId = "warm-up";

    public static async Task RunAsync(GatewayUnderShow gateway, HttpClient http, ShowClock clock, CancellationToken stop)
    {
        foreach (Tier tier in Enum.GetValues<Tier>())
        {
            foreach (bool isStream in new[] { false, true })
            {
                var request = new ScriptedRequest(RequestId, tier, isStream, TimeSpan.Zero, TimeSpan.Zero, Tokens: 1);
                await new Caller(request, gateway.Port(tier), http, clock).RunAsync(stop);
            }
        }

        gateway.Simulator.Reset();
    }
}
