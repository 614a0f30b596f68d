using System.Text;
using Gateway.Authentication;
using Gateway.Caching;
using Gateway.Requests;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Caching;

/// <summary>Two requests share a key only if nothing that an answer may depend on tells them apart.</summary>
[Trait("req", "C3")]
[Trait("row", "T2")]
public class CacheKeyTests
{
    /// <summary>Runs of the property; each makes a key for the request and one for each of its variants.</summary>
    private const int Runs = 4000;

    private static readonly string[] Names =
        ["Content-Type", "Content-Encoding", "Accept", "Accept-Encoding", "OpenAI-Organization", "OpenAI-Project", "OpenAI-Beta", "Origin", "Authorization", "api-key"];

    private static readonly SegmentPool Pool = new(TimeProvider.System);

    [Fact]
    public async Task Key_OneFieldChanged_IsAnother()
    {
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        var seen = new Dictionary<CacheKey, string>();
        for (int run = 0; run < Runs; run++)
        {
            Asked asked = Make(random);
            CacheKey key = await asked.KeyAsync();
            Assert.Equal(key, await asked.KeyAsync());
            foreach (Asked variant in Variants(asked, random).Append(asked))
            {
                string text = variant.Text();
                CacheKey other = await variant.KeyAsync();
                Assert.True(seen.GetValueOrDefault(other, text) == text, $"seed {seed}: one key for\n{seen.GetValueOrDefault(other)}\n{text}");
                seen[other] = text;
            }
        }

        Assert.True(seen.Count >= 100_000 || Runs < 8000, $"{seen.Count}");
        Assert.Equal(0, Pool.Held);
    }

    [Fact]
    public async Task Key_TextMovedFromOneFieldToTheNext_IsAnother()
    {
        Asked asked = new("POST", "/a", "?b", "c", [], Caller.PassThrough, []);

        Assert.NotEqual(await asked.KeyAsync(), await (asked with { Path = "/a?b", Query = "" }).KeyAsync());
        Assert.NotEqual(
            await (asked with { Headers = [("Accept", "a"), ("Accept", "b")] }).KeyAsync(), await (asked with { Headers = [("Accept", "a, b")] }).KeyAsync());
        Assert.NotEqual(
            await (asked with { Headers = [("Authorization", "a")] }).KeyAsync(), await (asked with { Headers = [("api-key", "a")] }).KeyAsync());
    }

    [Fact]
    public async Task Key_CredentialThatIsReplaced_CountsByItsCallerAlone()
    {
        Asked asked = new("POST", "/embeddings", "", "{}", [("Authorization", "Bearer a")], Caller.Anonymous, []);

        Assert.Equal(await asked.KeyAsync(), await (asked with { Headers = [("Authorization", "Bearer b")] }).KeyAsync());
        Asked known = asked with { Caller = new Caller("k", true, null) { Principal = 1 } };
        Assert.NotEqual(await asked.KeyAsync(), await known.KeyAsync());
        Assert.NotEqual(await known.KeyAsync(), await (known with { Caller = known.Caller with { Principal = 2 } }).KeyAsync());
        Assert.NotEqual(await known.KeyAsync(), await (known with { Caller = known.Caller with { UpstreamKey = "x" } }).KeyAsync());
    }

    [Fact]
    public async Task Key_CredentialInAnyHeader_TellsCallersApart()
    {
        Asked asked = new("POST", "/embeddings", "", "{}", [("Ocp-Apim-Subscription-Key", "a")], Caller.PassThrough, []);

        Assert.NotEqual(await asked.KeyAsync(), await (asked with { Headers = [("Ocp-Apim-Subscription-Key", "b")] }).KeyAsync());
        Assert.NotEqual(await asked.KeyAsync(), await (asked with { Headers = [] }).KeyAsync());

        // What tells the program, the connection or the trace makes no difference; nor does any header once a known one says who it is.
        Asked plain = asked with { Headers = [] };
        Assert.Equal(await plain.KeyAsync(), await (plain with { Headers = [("User-Agent", "x"), ("x-request-id", "1"), ("traceparent", "2"), ("X-Stainless-Lang", "js"), ("X-Amzn-Trace-Id", "3")] }).KeyAsync());
        Asked known = asked with { Headers = [("Authorization", "a")] };
        Assert.Equal(await known.KeyAsync(), await (known with { Headers = [("Authorization", "a"), ("x-user-id", "1")] }).KeyAsync());
    }

    [Fact]
    public async Task Key_Text_ComesBack()
    {
        CacheKey key = await new Asked("GET", "/models", "", "", [], Caller.PassThrough, []).KeyAsync();

        Assert.Equal(64, key.ToString().Length);
        Assert.True(CacheKey.TryParse(key.ToString(), out CacheKey parsed));
        Assert.Equal(key, parsed);
        Assert.Equal(CacheKey.ModelOf(null), parsed.Model);
        Assert.All([null, "", "xyz", key.ToString()[1..], key + "0", "g" + key.ToString()[1..]], text => Assert.False(CacheKey.TryParse(text, out _)));
    }

    [Fact]
    public async Task Key_Making_AllocatesNothing()
    {
        Asked asked = Make(new Random(1)) with { Headers = [("Authorization", "Bearer a"), ("Content-Type", "application/json"), ("Accept", "*/*")] };
        await using RequestBody body = await asked.BodyAsync();
        HttpRequest request = asked.Request();
        ApiRequest api = new(asked.Path, asked.Query, body, RequestFacts.None);

        // The second time it is remembered.
        CacheKeyHash.Of(request, asked.Caller, api, asked.Scope);
        CacheKeyHash.Of(request, asked.Caller, api, asked.Scope);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            CacheKeyHash.Of(request, asked.Caller, api, asked.Scope);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static Asked Make(Random random) => new(
        random.Next(2) == 0 ? "GET" : "POST", "/" + Word(random), random.Next(2) == 0 ? "" : "?api-version=" + Word(random), Word(random, 40),
        [.. Names.Where(_ => random.Next(2) == 0).Select(name => (name, Word(random)))], Caller.PassThrough, [(byte)random.Next(4)]);

    private static IEnumerable<Asked> Variants(Asked asked, Random random)
    {
        yield return asked with { Method = asked.Method == "GET" ? "POST" : "GET" };
        yield return asked with { Path = asked.Path + "x" };
        yield return asked with { Query = asked.Query + "&x" };
        yield return asked with { Scope = [9] };
        yield return asked with { Body = asked.Body + " " };
        yield return asked with { Caller = new Caller("k", true, null) { Principal = (UInt128)random.NextInt64() } };
        int at = random.Next(asked.Body.Length);
        yield return asked with { Body = asked.Body[..at] + (char)(asked.Body[at] ^ 1) + asked.Body[(at + 1)..] };
        foreach (string name in Names)
        {
            (string Name, string Value)[] others = [.. asked.Headers.Where(header => header.Name != name)];
            yield return asked with { Headers = others.Length < asked.Headers.Length ? others : [.. asked.Headers, (name, Word(random))] };
            yield return asked with { Headers = [.. others, (name, Word(random) + "!")] };
        }
    }

    private static string Word(Random random, int most = 8)
    {
        char[] word = new char[random.Next(1, most)];
        for (int i = 0; i < word.Length; i++)
        {
            word[i] = (char)('a' + random.Next(26));
        }

        return new string(word);
    }

    private sealed record Asked(string Method, string Path, string Query, string Body, (string Name, string Value)[] Headers, Caller Caller, byte[] Scope)
    {
        public async Task<CacheKey> KeyAsync()
        {
            await using RequestBody body = await BodyAsync();
            return CacheKeyHash.Of(Request(), Caller, new ApiRequest(Path, Query, body, RequestFacts.None), Scope);
        }

        public HttpRequest Request()
        {
            var context = new DefaultHttpContext();
            context.Request.Method = Method;
            foreach (IGrouping<string, string> header in Headers.GroupBy(static header => header.Name, static header => header.Value))
            {
                context.Request.Headers[header.Key] = header.ToArray();
            }

            return context.Request;
        }

        public Task<RequestBody> BodyAsync()
        {
            var body = new RequestBody(Pool);
            byte[] bytes = Encoding.UTF8.GetBytes(Body);
            bytes.CopyTo(body.GetMemory(bytes.Length, 1 << 30));
            body.Advance(bytes.Length);
            return Task.FromResult(body);
        }

        public string Text() => $"{Method} {Path} {Query} {Body} [{string.Join('|', Headers.OrderBy(static header => header.Name))}] {Caller.Principal} {Scope[0]}";
    }
}
