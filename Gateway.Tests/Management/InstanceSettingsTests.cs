using System.Net;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Scheduling;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Management;

[Trait("req", "A8")]
public class InstanceSettingsTests
{
    private const string Path = "/admin/instances/default/config";

    [Fact]
    public async Task Put_AllFields_AreInForceAtOnce()
    {
        const string Body = """
            {"enabled":true,"weight":3,"priority":2,"max_tpm":5000,"max_input_tokens":4000,"max_concurrency":6,"timeout_seconds":42,"retry_count":1,"rate_limit_enabled":false}
            """;
        await using Rig rig = await Rig.StartAsync();

        JsonElement answer = await rig.AdminJsonAsync("PUT", Path, Body);

        Assert.Equal(["message", "instance", "updated_fields"], answer.Names());
        JsonElement sent = JsonElement.Parse(Body);
        Assert.Equal(sent.Names(), answer.GetProperty("updated_fields").EnumerateArray().Select(static field => field.GetString()!));
        InstanceOptions options = rig.Gateway.Options.Current.Instances[0];
        Assert.Equal(
            (true, 3, 2, 5000, 4000, 6, 42, 1, false),
            (options.Enabled, options.Weight, options.Priority, options.MaxTpm, options.MaxInputTokens, options.MaxConcurrency, options.TimeoutSeconds, options.RetryCount, options.RateLimitEnabled));
        JsonElement config = (await rig.AdminJsonAsync("GET", "/admin/instances/default")).GetProperty("config");
        Assert.All(sent.EnumerateObject(), field => Assert.Equal(field.Value.GetRawText(), config.GetProperty(field.Name).GetRawText()));
        Assert.Equal(6, Assert.Single((await rig.Gateway.Scheduler.SnapshotAsync()).Instances).Limit);
    }

    [Fact]
    public async Task Put_Null_TakesALimitAway()
    {
        await using Rig rig = await Rig.StartAsync();
        await rig.AdminJsonAsync("PUT", Path, """{"max_tpm":5,"max_input_tokens":6,"timeout_seconds":7,"retry_count":8}""");

        await rig.AdminJsonAsync("PUT", Path, """{"max_tpm":null,"max_input_tokens":null,"timeout_seconds":null,"retry_count":null}""");

        InstanceOptions options = rig.Gateway.Options.Current.Instances[0];
        Assert.Equal((null, null, null, null), (options.MaxTpm, options.MaxInputTokens, options.TimeoutSeconds, options.RetryCount));
    }

    [Theory]
    [InlineData("enabled", "1", "true or false")]
    [InlineData("enabled", "\"true\"", "true or false")]
    [InlineData("enabled", "null", "true or false")]
    [InlineData("rate_limit_enabled", "0", "true or false")]
    [InlineData("weight", "0", "a whole number from 1 to 1000")]
    [InlineData("weight", "1001", "a whole number from 1 to 1000")]
    [InlineData("weight", "1.5", "a whole number from 1 to 1000")]
    [InlineData("weight", "\"5\"", "a whole number from 1 to 1000")]
    [InlineData("weight", "1e999", "a whole number from 1 to 1000")]
    [InlineData("priority", "-1", "a whole number from 0 to 1000000")]
    [InlineData("priority", "true", "a whole number from 0 to 1000000")]
    [InlineData("max_concurrency", "0", "a whole number from 1 to 100000")]
    [InlineData("max_concurrency", "null", "a whole number from 1 to 100000")]
    [InlineData("max_concurrency", "99999999999999999999", "a whole number from 1 to 100000")]
    [InlineData("max_tpm", "0", "a whole number from 1 to 1000000000, or null for none")]
    [InlineData("max_input_tokens", "[]", "a whole number from 1 to 1000000000, or null for none")]
    [InlineData("timeout_seconds", "86401", "a whole number from 1 to 86400, or null for none")]
    [InlineData("retry_count", "101", "a whole number from 0 to 100, or null for none")]
    [InlineData("retry_count", "{}", "a whole number from 0 to 100, or null for none")]
    public async Task Put_WrongValue_NamesTheFieldAndItsRangeAndChangesNothing(string field, string value, string range)
    {
        await using Rig rig = await Rig.StartAsync();
        GatewayOptions before = rig.Gateway.Options.Current;
        string other = field == "weight" ? "priority" : "weight";

        (int status, string message, string? param, string? code) = await rig.AdminErrorAsync("PUT", Path, $$"""{"{{other}}":7,"{{field}}":{{value}}}""");

        Assert.Equal((400, field, "invalid_setting"), (status, param, code));
        Assert.EndsWith($"\"{field}\" must be {range}.", message, StringComparison.Ordinal);
        Assert.Same(before, rig.Gateway.Options.Current);
    }

    [Theory]
    [InlineData("name")]
    [InlineData("api_key")]
    [InlineData("api_base")]
    [InlineData("Weight")]
    [InlineData("")]
    public async Task Put_OtherField_NamesTheAllowedOnes(string field)
    {
        await using Rig rig = await Rig.StartAsync();

        using HttpResponseMessage answer = await rig.AdminAsync("PUT", Path, $$"""{"weight":7,"{{field}}":1}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        JsonElement body = await answer.JsonAsync();
        Assert.Equal(("invalid_setting", field), (body.GetProperty("error").GetProperty("code").GetString(), body.GetProperty("error").GetProperty("param").GetString()));
        Assert.Equal(
            ["enabled", "max_concurrency", "max_input_tokens", "max_tpm", "priority", "rate_limit_enabled", "retry_count", "timeout_seconds", "weight"],
            body.GetProperty("allowed_fields").EnumerateArray().Select(static name => name.GetString()).Order(StringComparer.Ordinal));
        Assert.Equal(10, rig.Gateway.Options.Current.Instances[0].Weight);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("""{"weight":1}{"weight":2}""")]
    [InlineData("""{"weight":1,"weight":2}""")]
    [InlineData("""{"weight":1,}""")]
    [InlineData("{\"\u0001\":1}")]
    public async Task Put_NoJsonObject_IsTold(string body)
    {
        await using Rig rig = await Rig.StartAsync();

        (int status, _, _, string? code) = await rig.AdminErrorAsync("PUT", Path, body);

        Assert.Equal((400, "invalid_body"), (status, code));
        Assert.Equal(10, rig.Gateway.Options.Current.Instances[0].Weight);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("row", "H6")]
    public async Task Put_HostileBytes_AreTold(bool isDeep)
    {
        await using Rig rig = await Rig.StartAsync();
        byte[] body = isDeep
            ? System.Text.Encoding.UTF8.GetBytes("{\"weight\":" + new string('[', 10_000))
            : [.. "{\""u8, 0xff, 0xfe, .. "\":1}"u8];
        using var content = new ByteArrayContent(body);

        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Put, Path, content)).Soon();

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("row", "H5")]
    public async Task Put_TooLarge_IsRefused(bool isChunked)
    {
        await using Rig rig = await Rig.StartAsync();
        using HttpRequestMessage request = rig.Request(
            Rig.Urgent, HttpMethod.Put, Path, Rig.Json($$"""{"weight":7,"priority":{{new string(' ', Gateway.Management.Protection.ManagementGuard.MaxBodyBytes)}}1}"""));
        request.Headers.TransferEncodingChunked = isChunked;

        using HttpResponseMessage answer = await rig.SendAsync(request).Soon();

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "request_too_large"), (answer.StatusCode, (await StageFixture.ErrorAsync(answer)).Code));
        Assert.Equal(10, rig.Gateway.Options.Current.Instances[0].Weight);
    }

    [Fact]
    public async Task Put_MaxConcurrency_StartsWaitingRequestsAndHoldsBackLater()
    {
        await using Rig rig = await Rig.StartAsync(slots: 1);
        Task<HttpResponseMessage>[] calls = [.. Enumerable.Range(0, 3).Select(i => rig.ChatAsync(Rig.Batch, $"held-{i}"))];
        await rig.WaitForDepthAsync(2);

        await rig.AdminJsonAsync("PUT", Path, """{"max_concurrency":3}""");

        await rig.WaitForLiveAsync(Rig.Batch, 3);
        await rig.AdminJsonAsync("PUT", Path, """{"max_concurrency":2}""");
        Task<HttpResponseMessage> later = rig.ChatAsync(Rig.Batch, "later");
        await rig.WaitForDepthAsync(1);
        rig.Held.Release("held-0");
        await calls[0].Soon();
        SchedulerSnapshot state = await rig.WaitForSchedulerAsync(static state => state.Instances[0].Running == 2);
        Assert.Equal(1, state.Tiers[2].Depth);
        rig.Held.Release("held-1");
        await calls[1].Soon();
        await rig.WaitForDepthAsync(0);
        rig.Held.ReleaseAll();
        await Task.WhenAll([.. calls, later]).Soon();
        Assert.All(calls, static call => Assert.Equal(HttpStatusCode.OK, call.Result.StatusCode));
        await rig.AssertQuietAsync(6, slots: 3);
    }

    [Fact]
    public async Task Put_Disabled_RoutesAwayAndEndsWhatOnlyItCouldServe()
    {
        await using Rig rig = await Rig.StartAsync(slots: 1, static options => options with
        {
            Instances =
            [
                options.Instances[0] with { SupportedModels = ["batch", "normal"] },
                options.Instances[0] with { Name = "other", SupportedModels = ["normal"], Priority = 2 },
            ],
        });
        Task<HttpResponseMessage> running = rig.ChatAsync(Rig.Batch, "held-running");
        await rig.WaitForLiveAsync(Rig.Batch, 1);
        Task<HttpResponseMessage> stranded = rig.ChatAsync(Rig.Batch, "stranded");
        await rig.WaitForDepthAsync(1);

        await rig.AdminJsonAsync("PUT", Path, """{"enabled":false}""");

        using HttpResponseMessage refused = await stranded.Soon();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "no_upstream"), (refused.StatusCode, (await StageFixture.ErrorAsync(refused)).Code));
        using HttpResponseMessage elsewhere = await rig.ChatAsync(Rig.Normal, "elsewhere").Soon();
        Assert.Equal((HttpStatusCode.OK, "other"), (elsewhere.StatusCode, elsewhere.Header("x-gateway-instance")));
        rig.Held.ReleaseAll();
        using HttpResponseMessage finished = await running.Soon();
        Assert.Equal(HttpStatusCode.OK, finished.StatusCode);
        await rig.AdminJsonAsync("PUT", Path, """{"enabled":true}""");
        using HttpResponseMessage back = await rig.ChatAsync(Rig.Batch, "back").Soon();
        Assert.Equal((HttpStatusCode.OK, "default"), (back.StatusCode, back.Header("x-gateway-instance")));
        await rig.AssertQuietAsync(6, slots: 2);
    }

    [Fact]
    [Trait("req", "A3")]
    public async Task Put_Priority_RoutesTheNextRequestElsewhere()
    {
        await using Rig rig = await Rig.StartAsync(slots: 1, static options => options with
        {
            Instances = [options.Instances[0], options.Instances[0] with { Name = "other", Priority = 2 }],
        });
        using HttpResponseMessage before = await rig.ChatAsync(Rig.Urgent, "before").Soon();

        await rig.AdminJsonAsync("PUT", Path, """{"priority":3}""");

        using HttpResponseMessage after = await rig.ChatAsync(Rig.Urgent, "after").Soon();
        Assert.Equal(("default", "other"), (before.Header("x-gateway-instance"), after.Header("x-gateway-instance")));
        Assert.Equal(3, (await rig.AdminJsonAsync("GET", "/admin/config")).GetProperty("instances")[0].GetProperty("priority").GetInt32());
    }

    [Fact]
    public async Task Reload_OtherValue_WinsAndIsLogged()
    {
        GatewayHost gateway;
        await using (Rig rig = await Rig.StartAsync())
        {
            gateway = rig.Gateway;
            GatewayOptions file = gateway.Options.Current;
            await rig.AdminJsonAsync("PUT", Path, """{"weight":7,"priority":4}""");
            await rig.AdminJsonAsync("PUT", Path, """{"retry_count":null}""");

            gateway.Options.Publish(file with { Instances = [file.Instances[0] with { Weight = 7 }] });

            Assert.Equal((7, 1), (gateway.Options.Current.Instances[0].Weight, gateway.Options.Current.Instances[0].Priority));
            gateway.Options.Publish(file);
        }

        string[] undone = [.. gateway.Log().Split('\n').Where(static line => line.Contains("replaces what the admin API", StringComparison.Ordinal))];
        Assert.Equal(2, undone.Length);
        Assert.Contains("default: priority\"", undone[0], StringComparison.Ordinal);
        Assert.Contains("default: weight\"", undone[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_ManyAtOnce_LosesNone()
    {
        await using Rig rig = await Rig.StartAsync();
        string[] bodies = ["""{"weight":7}""", """{"priority":4}""", """{"retry_count":3}""", """{"timeout_seconds":9}""", """{"max_tpm":8}""", """{"max_input_tokens":6}"""];

        await Task.WhenAll(bodies.Select(body => rig.AdminJsonAsync("PUT", Path, body))).Soon();

        InstanceOptions options = rig.Gateway.Options.Current.Instances[0];
        Assert.Equal((7, 4, 3, 9, 8, 6), (options.Weight, options.Priority, options.RetryCount, options.TimeoutSeconds, options.MaxTpm, options.MaxInputTokens));
    }
}
