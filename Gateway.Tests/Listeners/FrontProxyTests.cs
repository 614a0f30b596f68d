using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gateway.Tests.Support;
using UpstreamSimulator;
using Xunit;

namespace Gateway.Tests.Listeners;

/// <summary>
/// The same bytes through the proxies that people put in front, which share their connections to the gateway among all callers. The
/// proxy marks each request that it sends: one without its mark was hidden in another.
/// </summary>
[Trait("row", "H1")]
public class FrontProxyTests
{
    private const string Mark = "X-Front";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nginx")]
    [InlineData("haproxy")]
    public async Task Ambiguous_ThroughAFrontProxy_TheUpstreamSeesWhatTheProxySentAndNothingElse(string program)
    {
        await using StageFixture fixture = await StageFixture.StartAsync();
        int port = FreePorts.One();
        var front = new Uri($"http://127.0.0.1:{port}/");
        await using ServerProcess process = ServerProcess.Start(program, folder => Arguments(program, folder, port, fixture.Gateway.Address(0).Port));
        await Eventually.TrueAsync(() => AnswersAsync(fixture.Client, front));

        int number = 0;
        foreach (TheoryDataRow<string, string> row in SmugglingTests.Ambiguous)
        {
            (string name, string bytes) = row.Data;
            await TalkAsync(front, bytes);

            // Whoever comes next on a shared connection gets the answer to their own question.
            string nonce = $"good-{number++}";
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(front, StageFixture.Chat)) { Content = Rig.Json(StageFixture.ChatBody) };
            request.Headers.Add("x-sim-nonce", nonce);
            using HttpResponseMessage answer = await fixture.Client.SendAsync(request, Cancel).Soon();
            Assert.True(answer.StatusCode == HttpStatusCode.OK && answer.Header("x-sim-nonce") == nonce, $"{name}: {answer}");
            Assert.True(Unmarked(fixture.Upstream.Requests) == 0, name);
        }

        Assert.InRange(fixture.Upstream.Requests.Count, number, 3 * number);
    }

    [Fact]
    public async Task Unmarked_RequestThatNoProxySent_IsFound()
    {
        // The negative control.
        await using StageFixture fixture = await StageFixture.StartAsync();
        using HttpResponseMessage marked = await fixture.PostChatAsync((Mark, "1"));
        Assert.Equal(0, Unmarked(fixture.Upstream.Requests));

        using HttpResponseMessage hidden = await fixture.PostChatAsync();

        Assert.Equal(1, Unmarked(fixture.Upstream.Requests));
    }

    /// <summary>Requests without a mark, or with one that another has already.</summary>
    private static int Unmarked(IReadOnlyCollection<RecordedRequest> requests) =>
        requests.Count - requests.Where(static request => request.Header(Mark).Count == 1).Select(static request => request.Header(Mark)[0]).Distinct().Count();

    private static string[] Arguments(string program, string folder, int port, int gateway)
    {
        string file = Path.Combine(folder, "front.conf");
        File.WriteAllText(file, program == "nginx" ? Nginx(folder, port, gateway) : HaProxy(port, gateway));
        return program == "nginx" ? ["-p", folder, "-c", file, "-e", Path.Combine(folder, "error.log")] : ["-f", file, "-db"];
    }

    /// <summary>As trusting as it can be made: odd headers and bodies pass as they come.</summary>
    private static string Nginx(string folder, int port, int gateway) => string.Create(CultureInfo.InvariantCulture, $$"""
        daemon off; master_process off; pid {{folder}}/pid;
        events { worker_connections 64; }
        http {
          access_log off; ignore_invalid_headers off; underscores_in_headers on;
          client_body_temp_path {{folder}}/b; proxy_temp_path {{folder}}/p; fastcgi_temp_path {{folder}}/f; uwsgi_temp_path {{folder}}/u; scgi_temp_path {{folder}}/s;
          upstream gateway { server 127.0.0.1:{{gateway}}; keepalive 2; }
          server {
            listen 127.0.0.1:{{port}}; client_header_timeout 2s; client_body_timeout 2s; keepalive_timeout 2s;
            location / {
              proxy_pass http://gateway; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header {{Mark}} $request_id;
              proxy_request_buffering off; proxy_next_upstream off;
            }
          }
        }
        """);

    private static string HaProxy(int port, int gateway) => string.Create(CultureInfo.InvariantCulture, $"""
        defaults
          mode http
          timeout connect 5s
          timeout client 2s
          timeout server 10s
          http-reuse always
          option accept-invalid-http-request
        frontend front
          bind 127.0.0.1:{port}
          http-request set-header {Mark} %[uuid()]
          default_backend gateway
        backend gateway
          retries 0
          server one 127.0.0.1:{gateway}

        """);

    private static async Task<bool> AnswersAsync(HttpClient client, Uri front)
    {
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(new Uri(front, "/health"), Cancel).Soon();
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task TalkAsync(Uri front, string bytes)
    {
        using RawConnection client = await RawConnection.OpenAsync(front, Cancel);
        try
        {
            await client.SendAsync(bytes, Cancel).Soon();
            client.CloseSending();
            await client.ReadToEndAsync(Cancel).Soon();
        }
        catch (SocketException)
        {
            // Closed with some of our bytes unread.
        }
    }
}
