using Gateway.Authentication;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Authentication;

[Trait("row", "A2")]
public class KeyTableTests
{
    private static readonly Uri Upstream = new("http://127.0.0.1:1/");

    [Fact]
    public void Find_KnownKeys_NamesThemWithoutTellingThem()
    {
        KeyTable keys = Table(["alpha"], ("beta", "upstream-beta"));

        Caller alpha = Find(keys, "alpha")!;
        Caller beta = Find(keys, "beta")!;

        Assert.Equal(("key-1", true, null), (alpha.Name, alpha.IsReplaced, alpha.UpstreamKey));
        Assert.Equal(("key-2", true, "upstream-beta"), (beta.Name, beta.IsReplaced, beta.UpstreamKey));
        Assert.DoesNotContain("beta", beta.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Find_KeyInBothPlaces_TakesItsMapping()
    {
        KeyTable keys = Table(["alpha"], ("alpha", "mapped"));

        Assert.Equal("mapped", Find(keys, "alpha")!.UpstreamKey);
    }

    [Fact]
    public void Find_OneBitFlippedAnywhere_IsNobody()
    {
        const string Key = "sk-0123456789abcdefghijklmnopqrstuvwxyz-0123456789";
        KeyTable keys = Table([Key]);
        for (int i = 0; i < Key.Length; i++)
        {
            for (int bit = 0; bit < 7; bit++)
            {
                char[] flipped = Key.ToCharArray();
                flipped[i] ^= (char)(1 << bit);
                Assert.Null(Find(keys, new string(flipped)));
            }

            Assert.Null(Find(keys, Key[..i]));
        }

        Assert.Null(Find(keys, Key + "0"));
        Assert.NotNull(Find(keys, Key));
    }

    [Fact]
    public void Find_KeysWithALongCommonStart_AreToldApart()
    {
        string[] all = [.. Enumerable.Range(0, 200).Select(static i => $"sk-proj-common-beginning-of-many-{i}")];
        KeyTable keys = Table(all);

        Assert.Equal(all.Length, all.Select(key => Find(keys, key)!.Name).Distinct().Count());
        Assert.Null(Find(keys, "sk-proj-common-beginning-of-many-"));
        Assert.Null(Find(keys, "sk-proj-common-beginning-of-many-200"));
    }

    [Fact]
    public void Find_NoKeysConfigured_DependsOnWhoPays()
    {
        GatewayOptions without = GatewayHost.ThreeTiers(Upstream, slots: 1);
        GatewayOptions with = without with { Instances = [GatewayHost.Instance(Upstream, 1) with { ApiKey = "ours" }] };

        Assert.False(Find(new KeyTable(without), "anything")!.IsReplaced);
        Assert.Same(Caller.Anonymous, Find(new KeyTable(with), "anything"));
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/other/v1", true)]
    [InlineData("http://127.0.0.1:2/v1", false)]
    [InlineData("https://127.0.0.1:1/v1", false)]
    [InlineData("http://disabled.test/v1", false)]
    [InlineData("http://entra.test/v1", false)]
    public void MayCall_InstanceOfAnotherConfiguration_MustLieWhereTheKeyCouldGo(string address, bool may)
    {
        GatewayOptions options = GatewayHost.ThreeTiers(Upstream, slots: 1) with
        {
            ApiKeyMapping = new Dictionary<string, string> { ["mapped"] = "upstream" },
            ClientApiKeys = ["plain"],
        };
        KeyTable keys = new(options with
        {
            Instances =
            [
                .. options.Instances, Other("http://disabled.test") with { Enabled = false }, Other("http://entra.test") with { Auth = InstanceAuth.Entra },
            ],
        });
        InstanceOptions instance = Other(address);

        Assert.Equal(may, Find(keys, "mapped")!.MayCall(instance));
        Assert.Equal(may, Find(new KeyTable(options with { ApiKeyMapping = new Dictionary<string, string>(), ClientApiKeys = [] }), "own")!.MayCall(instance));
        Assert.True(Find(keys, "plain")!.MayCall(instance));
        Assert.True(Find(keys, "mapped")!.MayCall(instance with { Auth = InstanceAuth.Entra }));

        static InstanceOptions Other(string address) => new() { Name = address, ApiBase = new Uri(address) };
    }

    [Fact]
    public void Find_KeysConfiguredButNoneSent_IsNobody() => Assert.Null(Table(["alpha"]).Find(new HeaderDictionary()));

    private static KeyTable Table(string[] keys, params (string Client, string Upstream)[] mapping) => new(
        GatewayHost.ThreeTiers(Upstream, slots: 1) with
        {
            ClientApiKeys = keys,
            ApiKeyMapping = mapping.ToDictionary(static pair => pair.Client, static pair => pair.Upstream),
        });

    private static Caller? Find(KeyTable keys, string key) => keys.Find(new HeaderDictionary { ["Authorization"] = $"Bearer {key}" });
}
