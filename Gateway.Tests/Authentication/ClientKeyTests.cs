using Gateway.Authentication;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Authentication;

[Trait("req", "M1")]
public class ClientKeyTests
{
    [Fact]
    public void Find_DigestInThePlaceOfAKey_IsTheSameCaller()
    {
        KeyTable clear = Table(keys: [new ClientKeyOptions { Name = "a", Key = "alpha" }]);
        KeyTable[] hashed =
        [
            Table(list: [$"sha256:{Hex("alpha")}"]),
            Table(list: [$"SHA256:{Hex("alpha").ToUpperInvariant()}"]),
            Table(mapping: new Dictionary<string, string> { [$"sha256:{Hex("alpha")}"] = "u" }),
            Table(keys: [new ClientKeyOptions { Name = "b", Key = $"sha256:{Hex("alpha")}" }]),
            Table(keys: [new ClientKeyOptions { Name = "c", Sha256 = Hex("alpha") }]),
        ];

        Assert.All(hashed, table => Assert.Equal(Find(clear, "alpha")!.Principal, Find(table, "alpha")!.Principal));
    }

    [Fact]
    public void Find_TheDigestItself_IsNobody()
    {
        KeyTable table = Table(list: [$"sha256:{Hex("alpha")}"], keys: [new ClientKeyOptions { Name = "b", Sha256 = Hex("beta") }]);

        Assert.Null(Find(table, $"sha256:{Hex("alpha")}"));
        Assert.Null(Find(table, Hex("alpha")));
        Assert.Null(Find(table, Hex("beta")));
        Assert.NotNull(Find(table, "beta"));
    }

    [Fact]
    public void Find_NamedKey_HasItsRights()
    {
        KeyTable table = Table(list: ["plain"], keys:
        [
            new ClientKeyOptions
            {
                Name = "team-a", Key = "alpha", UpstreamKey = "u", Priorities = [2, 3], Models = ["gpt-4o"], RequestsPerMinute = 7, TokensPerMinute = 9,
            },
        ]);

        Caller named = Find(table, "alpha")!;
        Caller plain = Find(table, "plain")!;

        Assert.Equal(("team-a", true, "u", new CallerLimits(7, 9)), (named.Name, named.IsReplaced, named.UpstreamKey, named.Limits));
        Assert.Equal((false, true, true), (named.MayUseTier(1), named.MayUseTier(2), named.MayUseTier(3)));
        Assert.Equal((true, true, false, false), (named.MayUseModel("gpt-4o"), named.MayUseModel("GPT-4o"), named.MayUseModel("gpt-4"), named.MayUseModel(null)));
        Assert.Equal((CallerLimits.None, true, true, true), (plain.Limits, plain.MayUseTier(1), plain.MayUseModel("x"), plain.MayUseModel(null)));
        Assert.NotEqual(named.Principal, plain.Principal);
    }

    [Fact]
    public void Find_EveryKeyDisabled_IsNobodyAndNeverAnonymous()
    {
        KeyTable table = Table(keys: [new ClientKeyOptions { Name = "a", Key = "alpha", Enabled = false }]);

        Assert.True(table.IsRequired);
        Assert.Null(Find(table, "alpha"));
        Assert.Null(table.Find(new HeaderDictionary()));
    }

    [Fact]
    public void Principal_OtherNamePlaceOrUpstreamKey_StaysTheSame()
    {
        UInt128? first = Find(Table(list: ["x", "alpha"]), "alpha")!.Principal;
        UInt128? second = Find(Table(keys: [new ClientKeyOptions { Name = "a", Key = "alpha", UpstreamKey = "u" }]), "alpha")!.Principal;

        Assert.NotNull(first);
        Assert.Equal(first, second);

        // Nor is it a piece of the digest that stands in a configuration.
        Assert.DoesNotContain(first.Value.ToString("x32", null), Hex("alpha"), StringComparison.OrdinalIgnoreCase);
        Assert.Null(Caller.Anonymous.Principal);
        Assert.Null(Caller.PassThrough.Principal);
    }

    private static string Hex(string key) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(key)));

    private static KeyTable Table(string[]? list = null, Dictionary<string, string>? mapping = null, ClientKeyOptions[]? keys = null) => new(
        GatewayHost.ThreeTiers(new Uri("http://127.0.0.1:1/"), slots: 1) with
        {
            ClientApiKeys = list ?? [],
            ApiKeyMapping = mapping ?? [],
            ClientKeys = keys ?? [],
        });

    private static Caller? Find(KeyTable keys, string key) => keys.Find(new HeaderDictionary { ["Authorization"] = $"Bearer {key}" });
}
