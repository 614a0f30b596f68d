using System.Text.RegularExpressions;
using Gateway.Caching;
using Gateway.Listeners;
using Gateway.Origins;
using Gateway.Requests;
using Gateway.Scheduling;
using Gateway.Tests.Recording;
using Gateway.Tests.Tidy;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Requests;

/// <summary>A header of the gateway's own has to be known in three places: where it is set, to web pages, and to the cache.</summary>
public partial class AnswerHeadersTests
{
    /// <summary>For a page of the gateway's own, and a proxy in front of it.</summary>
    private const string OfTheDashboard = "X-Accel-Buffering";

    private static readonly string[] Exposed = CorsStage.Exposed.Split(", ");

    [Fact]
    [Trait("req", "C4")]
    public void Stamp_WithAllThereIsToTell_SetsWhatIsTrueOfOneRequestOnly()
    {
        var exchange = new Exchange(new Listener(0, 8080, "8080", new TierPolicy { Priority = 1 }), Records.New())
        {
            RequestQuota = new Quota(60, 59, TimeSpan.FromSeconds(1)),
            TokenQuota = new Quota(1000, 900, TimeSpan.FromSeconds(6)),
        };
        (exchange.Record.Instance, exchange.Record.Cache) = ("one", CacheState.Miss);
        var headers = new HeaderDictionary();

        AnswerHeaders.Stamp(headers, exchange);

        // As many as the source of it sets: none was left out above.
        Assert.Equal(NamesSetIn("Gateway/Requests/AnswerHeaders.cs", "Gateway/Requests/QuotaHeaders.cs"), headers.Keys.Order(StringComparer.OrdinalIgnoreCase));
        Assert.All(headers.Keys, static name => Assert.False(AnswerHeaderRules.IsShared(name), name));
        Assert.All(["x-request-id", "X-Cache-Key", "X-Cache-Timestamp"], static name => Assert.False(AnswerHeaderRules.IsShared(name), name));
    }

    [Fact]
    [Trait("req", "A11")]
    public void Exposed_ToWebPages_AreAllThatTheGatewaySets()
    {
        string[] set = NamesSetIn([.. SourceTree.CSharp.Select(static file => file.Path).Where(static path => path.StartsWith("Gateway/", StringComparison.Ordinal))]);

        Assert.True(set.Length > 15);
        Assert.Empty(set.Except([.. Exposed, OfTheDashboard], StringComparer.OrdinalIgnoreCase));
    }

    private static string[] NamesSetIn(params IEnumerable<string> paths) =>
        [.. paths.SelectMany(static path => Set().Matches(SourceTree.File(path).Text)).Select(static match => match.Groups[1].Value)
            .Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase)];

    /// <summary>Standard ones have properties and are well known to browsers.</summary>
    [GeneratedRegex("""\bheaders\["((?:x|retry-after)-[\w-]+)"\] = """, RegexOptions.IgnoreCase)]
    private static partial Regex Set();
}
