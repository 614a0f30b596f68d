using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Configuration;
using Gateway.Requests;
using Xunit;
using Outcome = Gateway.Requests.Outcome;

namespace Gateway.Tests.Requests;

/// <summary>Edits of a body: what is not edited stays byte for byte, what remains is the same document.</summary>
[Trait("req", "A4")]
[Trait("req", "V3")]
public class BodySpliceTests
{
    private const int Bodies = 20_000;

    private static readonly GatewayOptions Options = new()
    {
        Endpoints = [],
        Instances =
        [
            new InstanceOptions { Name = "v", ProviderType = ProviderType.Venice, ApiBase = new Uri("http://v/"), EmbeddingsBase64ToFloat = true },
            new InstanceOptions { Name = "a", ProviderType = ProviderType.Azure, ApiBase = new Uri("http://a/") },
        ],
    };

    private static readonly string[] Removed = ["logprobs", "top_logprobs", "prompt_cache_key"];

    private static readonly string[] Names =
        ["model", "mod\\u0065l", "logprobs", "log\\u0070robs", "top_logprobs", "prompt_cache_key", "messages", "a", "a", "b\\u0022", "x.model"];

    private static readonly string[] Values =
    [
        "\"m\"", "\"gr\\u00fc\\u00dfe\"", "1.0", "123456789012345678901234567890", "1e5", "null", "true", "[]", "{}", "\"\\ud83d\\ude42 🙂\"",
        "{ \"model\" : \"inner\" , \"logprobs\":[1 ,2]}", "[ {\"model\":1}, \"}\\\"{\" ]", "-0",
    ];

    private static readonly string[] Spaces = ["", " ", "\n", "\t \r\n", ""];

    [Fact]
    public void Splice_RandomBodies_SameDocumentButForTheEdit() => Check.One(
        "spliced bodies",
        Config.QuickThrowOnFailure.WithMaxTest(Bodies),
        Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), static numbers => IsRight(BodyOf(numbers))));

    [Theory]
    [InlineData("""{"logprobs":1}""", "{}")]
    [InlineData("""{ "logprobs" : 1 }""", "{  }")]
    [InlineData("""{"logprobs":1,"a":2}""", """{"a":2}""")]
    [InlineData("""{"a":2 , "logprobs":1 }""", """{"a":2 }""")]
    [InlineData("""{"a":2,"logprobs":1,"b":3}""", """{"a":2,"b":3}""")]
    [InlineData("""{"logprobs":1,"top_logprobs":2}""", "{}")]
    [InlineData("""{"logprobs":1,"a":0,"top_logprobs":2}""", """{"a":0}""")]
    [InlineData("""{"logprobs":1,"top_logprobs":2,"a":[1 , 1],"prompt_cache_key":"k"}""", """{"a":[1 , 1]}""")]
    [InlineData("""{"a":1,"log\u0070robs":{"x":[]},"a":1}""", """{"a":1,"a":1}""")]
    public void Remove_AnyPlace_LeavesJson(string body, string expected) => Assert.Equal(expected, Encoding.UTF8.GetString(Splice(body, out _)));

    [Theory]
    [InlineData("""{"logprobs":1,"logprobs":2}""", "logprobs")]
    [InlineData("""{"prompt_cache_key":1,"x":0,"prompt_cache\u005fkey":2}""", "prompt_cache_key")]
    public void TryRead_EditedNameTwice_IsRefused(string body, string name)
    {
        RequestError? error = RequestScan.TryRead(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)), out _, new MemberTrace(new MemberNames(Options)));

        Assert.Equal((Outcome.BodyMalformed, name), (error?.Outcome, error?.Param));
    }

    [Fact]
    public void TryRead_NoInstanceEdits_NotesNothing() =>
        Assert.Empty(new MemberNames(new GatewayOptions { Endpoints = [], Instances = [new InstanceOptions { Name = "o", ApiBase = new Uri("http://o/") }] }).All);

    private static string BodyOf(int[] numbers)
    {
        var text = new StringBuilder("{");
        var used = new HashSet<string>();
        foreach (int number in numbers)
        {
            int dice = Math.Abs(number % 1_000_003) * 7919;
            string name = Names[dice % Names.Length];
            string plain = JsonElement.Parse($"\"{name}\"").GetString()!;
            if (plain is "model" or "logprobs" or "top_logprobs" or "prompt_cache_key" && !used.Add(plain))
            {
                continue;
            }

            string value = plain == "model" ? Values[dice / 13 % 2] : Values[dice / 13 % Values.Length];
            text.Append(text.Length > 1 ? "," : "").Append(Spaces[dice / 169 % 5]).Append('"').Append(name).Append('"')
                .Append(Spaces[dice / 845 % 5]).Append(':').Append(Spaces[dice / 4225 % 5]).Append(value).Append(Spaces[dice / 21125 % 5]);
        }

        return text.Append('}').ToString();
    }

    private static bool IsRight(string body)
    {
        byte[] edited = Splice(body, out bool replaced);
        var expected = Properties(Encoding.UTF8.GetBytes(body)).Where(static property => !Removed.Contains(property.Name))
            .Select(property => property.Name == "model" && replaced ? (property.Name, Value: "\"dep\"") : property);
        return expected.SequenceEqual(Properties(edited));
    }

    private static byte[] Splice(string body, out bool replaced)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        IReadOnlyList<BodyMember> members = Scan(new ReadOnlySequence<byte>(bytes));
        Assert.Equal(members, Scan(ByteSequences.Shred(bytes)));
        Assert.Equal(members, Scan(ByteSequences.Cut(bytes, bytes.Length / 3, bytes.Length / 2)));
        List<BodySplice> splices = [.. BodySplice.Remove([.. members.Where(static member => Removed.Contains(member.Name))])];
        BodyMember? model = members.FirstOrDefault(static member => member.Name == "model");
        replaced = model is not null;
        if (model is not null)
        {
            splices.Add(BodySplice.Replace(model, "\"dep\""u8.ToArray()));
        }

        splices.Sort(static (a, b) => a.Offset.CompareTo(b.Offset));
        var edited = new List<byte>();
        long at = 0;
        foreach (BodySplice splice in splices.Append(new BodySplice(bytes.Length, 0, default)))
        {
            Assert.True(splice.Offset >= at, body);
            edited.AddRange(bytes.AsSpan((int)at..(int)splice.Offset));
            edited.AddRange(splice.Replacement.Span);
            at = splice.End;
        }

        Assert.Equal(BodySplice.LengthWith(bytes.Length, splices), edited.Count);
        return [.. edited];
    }

    private static IReadOnlyList<BodyMember> Scan(in ReadOnlySequence<byte> body)
    {
        Assert.Null(RequestScan.TryRead(body, out RequestFacts facts, new MemberTrace(new MemberNames(Options))));
        return facts.Members;
    }

    /// <summary>Names as text, values as their bytes.</summary>
    private static IEnumerable<(string Name, string Value)> Properties(byte[] json) =>
        [.. JsonElement.Parse(json).EnumerateObject().Select(static property => (property.Name, property.Value.GetRawText()))];
}
