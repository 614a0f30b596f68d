using System.Text;

namespace Gateway.Tests.Requests;

/// <summary>Bodies for the scan: good ones, and bad ones with the key that the error must name.</summary>
internal static class ScanCases
{
    public static readonly IReadOnlyList<string> Good =
    [
        "{}",
        " \r\n\t{ } \n",
        """{"model":"gpt-5","messages":[{"role":"user","content":"grüße 🙂"}]}""",
        """{"stream":true,"model":"a\u00e9\ud83d\ude42b","n":3}""",
        """{"model":null,"stream":null,"n":null,"tools":null,"max_tokens":null,"max_completion_tokens":null,"max_output_tokens":null}""",
        """{"mod\u0065l":"m","str\u0065am":false}""",
        """{"n":1000000000,"max_tokens":2147483647}""",

        // What servers take as "no limit" or as a number all the same.
        """{"max_tokens":-1}""", """{"max_tokens":16.0}""", """{"max_tokens":1e999}""", """{"max_output_tokens":"inf"}""",
        """{"temperature":1e999,"seed":123456789012345678901234567890,"x":-0.0}""",
        """{"temperature":null,"seed":null,"stream_options":null}""",
        """{"temperature":"0","seed":[1,{"seed":2}],"stream_options":"x"}""",
        """{"stream":true,"stream_options":{"x":{"include_usage":1,"include_usage":2},"include_usage":false}}""",
        """{"stream_options":[{"include_usage":1}],"stream":true,"temperature":{},"seed":7}""",
        """{"a":1,"a":2,"messages":[],"messages":[]}""",
        """{"metadata":{"model":"other","model":"twice","stream":"no"},"model":"m"}""",
        """{"messages":[{"model":1,"n":"x","tools":3}]}""",
        """{"model ":1,"MODELS":1,"Nn":2,"messages":[{"Model":1}],"metadata":{"MODEL":"x"}}""",
        """{"tools":[]}""",
        """{"tools":[1,"x",null,[],[[{"name":"n"}]],{}]}""",
        """{"user":"\ud800"}""",
        """{"x":{"\udc00":1}}""",
        """{"model":""}""",
        "{\"model\":\"" + new string('m', 256) + "\"}",
        "{\"x\":" + new string('[', 250) + new string(']', 250) + "}",
    ];

    public static readonly IReadOnlyList<(string Body, string? Param)> Bad =
    [
        (" ", null), ("null", null), ("[]", null), ("\"model\"", null), ("1", null), ("{", null), ("{\"model\"", null), ("{\"model\":", null),
        ("{\"model\":\"m\"", null), ("{\"model\":\"m\",}", null), ("{'model':'m'}", null), ("{model:1}", null), ("{\"a\":1 \"b\":2}", null),
        ("{}{}", null), ("{} x", null), ("{}\0", null), ("{\"a\":01}", null), ("{\"a\":+1}", null), ("{\"a\":NaN}", null), ("{\"a\":.5}", null),
        ("{\"a\":\"\n\"}", null), ("{\"a\":\"\\x\"}", null), ("{\"a\":\"\\u12\"}", null), ("{/**/}", null), ("{}//", null), ("\uFEFF{}", null),
        ("{\"a\":tru}", null), ("{\"a\":[1,]}", null),
        ("{\"a\":" + new string('[', 100_000), null),
        ("{\"a\":" + string.Concat(Enumerable.Repeat("{\"a\":", 100_000)), null),
        ("{\"x\":" + new string('[', 257) + new string(']', 257) + "}", null),
        ("""{"model":"\ud800"}""", null), ("""{"model":"a\udc00b"}""", null),
        ("""{"tools":[{"function":{"name":"\ud800"}}]}""", null),
        ("""{"model":1}""", "model"), ("""{"model":["m"]}""", "model"), ("""{"model":{}}""", "model"), ("""{"model":true}""", "model"),
        ("{\"model\":\"" + new string('m', 257) + "\"}", "model"),
        ("""{"stream":"true"}""", "stream"), ("""{"stream":1}""", "stream"), ("""{"stream":[]}""", "stream"),
        ("""{"n":"1"}""", "n"), ("""{"n":-1}""", "n"), ("""{"n":1.5}""", "n"), ("""{"n":1e999}""", "n"), ("""{"n":2147483648}""", "n"),
        ("""{"n":99999999999999999999}""", "n"), ("""{"n":{}}""", "n"), ("""{"n":true}""", "n"),
        ("""{"max_tokens":[]}""", "max_tokens"), ("""{"max_completion_tokens":true}""", "max_completion_tokens"),
        ("""{"max_output_tokens":{}}""", "max_output_tokens"),
        ("""{"tools":{}}""", "tools"), ("""{"tools":"x"}""", "tools"), ("""{"tools":true}""", "tools"),
        ("""{"model":"a","model":"a"}""", "model"), ("""{"model":"a","mod\u0065l":"b"}""", "model"), ("""{"model":null,"model":"b"}""", "model"),
        ("""{"\u006d\u006f\u0064\u0065\u006c":"a","x":1,"model":"b"}""", "model"),
        // Some servers tell capital letters from small ones, and some do not.
        ("""{"Model":"a"}""", "model"), ("""{"model":"a","MODEL":"b"}""", "model"), ("""{"model":"a","mode\u004c":"b"}""", "model"), ("""{"\u017ftream":true}""", "stream"),
        ("{\"max_to\u212Aens\":1}", "max_tokens"), ("""{"n":1,"N":1}""", "n"), ("""{"Stream_Options":{}}""", "stream_options"),
        ("""{"stream":true,"stream":false}""", "stream"), ("""{"stream":true,"s\u0074ream":true}""", "stream"),
        ("""{"n":1,"n":1}""", "n"), ("""{"n":1,"\u006e":2}""", "n"),
        ("""{"tools":[],"tools":[]}""", "tools"), ("""{"tools":null,"t\u006fols":[]}""", "tools"),
        ("""{"max_tokens":1,"max_tokens":1}""", "max_tokens"), ("""{"max_tokens":1,"max\u005ftokens":1}""", "max_tokens"),
        ("""{"max_completion_tokens":1,"max_completion_tokens":2}""", "max_completion_tokens"),
        ("""{"temperature":0,"temperature":0}""", "temperature"), ("""{"seed":null,"s\u0065ed":1}""", "seed"),
        ("""{"stream_options":null,"stream_options":{}}""", "stream_options"),
        ("""{"stream_options":{"include_usage":true,"x":1,"include\u005fusage":true}}""", "stream_options.include_usage"),
        ("""{"max_output_tokens":1,"max_output_tokens":2}""", "max_output_tokens"),
    ];

    /// <summary>Bytes that are no UTF-8, each where a text stands.</summary>
    public static readonly IReadOnlyList<byte[]> NotText =
    [
        [0x80], [0xC3], [0xC3, 0x28], [0xC0, 0xAE], [0xE2, 0x82], [0xE2, 0x28, 0xA1], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x99], [0xF0, 0x80, 0x80, 0xAF],
        [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF],
    ];

    public static byte[] Around(byte[] text, string before, string after) => [.. Encoding.UTF8.GetBytes(before), .. text, .. Encoding.UTF8.GetBytes(after)];
}
