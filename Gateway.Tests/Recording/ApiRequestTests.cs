using Gateway.Configuration;
using Gateway.Management.Dashboard.Feed;
using Gateway.Recording;
using Gateway.Recording.Usage;
using Gateway.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Tests.Recording;

/// <summary>What is a request of the API, and what only looks like one: everybody who counts them counts the same.</summary>
[Trait("req", "M5")]
public class ApiRequestTests
{
    [Theory]
    [InlineData("GET /v1/models", true)]
    [InlineData("GET /v1/no/such/route", true)]
    [InlineData("GET /v1/../admin", true)]
    [InlineData("TRACE /v1/models", true)]
    [InlineData("OPTIONS /v1/models", false, "Origin: https://app.example\r\nAccess-Control-Request-Method: POST\r\n")]
    [InlineData("GET /favicon.ico", false)]
    [InlineData("GET /health", false)]
    [InlineData("POST /health", false)]
    public async Task Request_OfTheApiOrNot_IsTheSameForMetricsTracesUsageAndDashboard(string line, bool isApi, string headers = "")
    {
        await using OtlpCollector collector = await OtlpCollector.StartAsync();
        await using (Rig rig = await Rig.StartAsync(configure: options => options with
        {
            OtlpEndpoint = collector.Url,
            Cors = new CorsOptions { Origins = ["https://app.example"] },
        }))
        {
            using RawConnection connection = await RawConnection.OpenAsync(rig.Gateway.Address(Rig.Urgent), Rig.Cancel);
            await connection.SendAsync($"{line} HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n\r\n", Rig.Cancel);
            await connection.ReadToEndAsync(Rig.Cancel).Soon();
            AccessRecord record = Assert.Single(await rig.Gateway.Records.WaitForAsync(1));
            double counted = (await Exposition.ScrapeAsync(rig)).Sum("gen_ai_server_request_duration_seconds_count");

            int expected = isApi ? 1 : 0;
            Assert.Equal(isApi, record.IsApi);
            Assert.Equal(
                (expected, expected, expected),
                ((int)counted, (int)rig.Gateway.Services.GetRequiredService<UsageHistory>().Changes, (int)rig.Gateway.Services.GetRequiredService<LiveTraffic>().Totals.Requests));
        }

        // The collector has everything once the gateway has ended.
        Assert.Equal(isApi, collector.Spans.Any());
    }
}
