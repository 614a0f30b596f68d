using System.Buffers;
using System.Text;
using System.Text.Json;
using Gateway.Requests;
using Xunit;

namespace Gateway.Tests.Requests;

/// <summary>How a stream's request is made to ask for its usage: one edit, all other bytes as they came.</summary>
[Trait("req", "M2")]
public class UsagePlaceTests
{
    [Theory]
    [InlineData("""{"stream":true}""", """{"stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData("""{ "stream" : true , "a":[ 1 ] }""", """{ "stream" : true,"stream_options":{"include_usage":true} , "a":[ 1 ] }""")]
    [InlineData("""{"a":{"stream_options":{}},"stream":true}""", """{"a":{"stream_options":{}},"stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData("""{"stream_options": null ,"stream":true}""", """{"stream_options": {"include_usage":true} ,"stream":true}""")]
    [InlineData("""{"stream":true,"stream_options":{}}""", """{"stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData("""{"stream":true,"stream_options":{ }}""", """{"stream":true,"stream_options":{"include_usage":true }}""")]
    [InlineData("""{"stream":true,"stream_options":{ "x" : 1.0 }}""", """{"stream":true,"stream_options":{"include_usage":true, "x" : 1.0 }}""")]
    [InlineData("""{"stream":true,"stream_options":{"x":{},"include_usage": false ,"y":[]}}""", """{"stream":true,"stream_options":{"x":{},"include_usage": true ,"y":[]}}""")]
    [InlineData("""{"stream":true,"str\u0065am_options":{"include\u005fusage":null}}""", """{"stream":true,"str\u0065am_options":{"include\u005fusage":true}}""")]
    [InlineData("""{"grüße":"🙂","stream":true,"z":"é"}""", """{"grüße":"🙂","stream":true,"stream_options":{"include_usage":true},"z":"é"}""")]
    public void ToSplice_NotAsked_AsksAtAnySplit(string body, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        foreach (ReadOnlySequence<byte> pieces in Enumerable.Range(0, bytes.Length).Select(cut => ByteSequences.Cut(bytes, cut)).Append(ByteSequences.Shred(bytes)))
        {
            Assert.Null(RequestScan.TryRead(pieces, out RequestFacts facts));

            BodySplice splice = facts.UsagePlace.ToSplice();
            byte[] edited = [.. bytes[..(int)splice.Offset], .. splice.Replacement.Span, .. bytes[(int)splice.End..]];
            Assert.Equal((false, expected), (facts.IncludesUsage, Encoding.UTF8.GetString(edited)));
            Assert.True(JsonElement.Parse(edited).GetProperty("stream_options").GetProperty("include_usage").GetBoolean());
        }
    }

    [Theory]
    [InlineData("""{"stream":true,"stream_options":{"include_usage":true}}""", true)]
    [InlineData("""{"stream_options":{"x":1,"include_usage":true},"stream":true}""", true)]
    [InlineData("""{"stream_options":{"include_usage":true}}""", true)]
    [InlineData("""{"stream":true,"stream_options":{"include_usage":1}}""", false)]
    [InlineData("""{"stream":true,"stream_options":{"include_usage":{"include_usage":true}}}""", false)]
    [InlineData("""{"stream":true,"stream_options":[]}""", false)]
    [InlineData("""{"stream":true,"stream_options":true}""", false)]
    [InlineData("""{"stream":false}""", false)]
    [InlineData("""{"stream":null,"stream_options":{}}""", false)]
    [InlineData("""{"model":"m"}""", false)]
    public void TryRead_NothingToAsk_HasNoPlace(string body, bool includesUsage)
    {
        Assert.Null(RequestScan.TryRead(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)), out RequestFacts facts));

        Assert.Equal((includesUsage, UsageForm.None), (facts.IncludesUsage, facts.UsagePlace.Form));
    }
}
