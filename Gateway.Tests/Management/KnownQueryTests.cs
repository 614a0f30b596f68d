using Gateway.Management;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Management;

[Trait("req", "A8")]
[Trait("req", "A9")]
public class KnownQueryTests
{
    private static readonly string[] WithParameters = ["/admin/queue", "/stats/instances", "/stats/usage", "/cache"];

    [Fact]
    public async Task Route_UnknownParameter_IsRefusedWhereItCouldBeMeant()
    {
        await using Rig rig = await Rig.StartAsync();
        foreach ((string method, string pattern, string path) in rig.Gateway.Routes().Where(static route =>
            !AdminRig.IsHealth(route.Path) && !route.Path.StartsWith("/dashboard", StringComparison.Ordinal)))
        {
            using HttpResponseMessage answer = await rig.AdminAsync(method, $"{path}?sk-canary=1");
            string text = await answer.TextAsync();

            Assert.True((method != "GET" || WithParameters.Contains(path)) == ((int)answer.StatusCode == 400), $"{method} {pattern}: {text}");
            Assert.DoesNotContain("canary", text, StringComparison.Ordinal);
        }

        Assert.True(rig.Gateway.Services.GetRequiredService<DrainState>().IsReady);
    }
}
