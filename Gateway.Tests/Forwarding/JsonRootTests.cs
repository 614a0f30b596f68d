using System.Text;
using System.Text.Json;
using Gateway.Forwarding;
using Xunit;

namespace Gateway.Tests.Forwarding;

/// <summary>Nobody's text may be taken for the usage of an answer, however it is written and wherever the blocks of bytes end.</summary>
public class JsonRootTests
{
    private const int Rounds = 50_000;
    private const int Documents = 60;

    [Theory]
    [InlineData("{", true)]
    [InlineData(" \r\n{\"a\":1,", true)]
    [InlineData("{\"a\":{", false)]
    [InlineData("{\"a\":[{},", false)]
    [InlineData("{\"a\":[{}],", true)]
    [InlineData("{\"a\":\"", false)]
    [InlineData("{\"a\":\"}\"", true)]
    [InlineData("{\"a\":\"\\\"", false)]
    [InlineData("{\"a\":\"\\\\\"", true)]
    [InlineData("{}", false)]
    [InlineData("{}{", false)]
    [InlineData("[", false)]
    [InlineData("", false)]
    public void IsInItself_WhereverTheBlocksEnd(string beginning, bool expected)
    {
        Assert.Equal(expected, IsInItself(beginning));
        for (int padding = 0; beginning.Length > 1 && padding < 70; padding++)
        {
            string padded = beginning.Insert(beginning.IndexOf('{', StringComparison.Ordinal) is >= 0 and int at ? at + 1 : 0, new string(' ', padding));
            Assert.Equal(expected, IsInItself(padded));
        }
    }

    /// <summary>The framework's reader has the last word on every cut of every document.</summary>
    [Fact]
    public void IsInItself_AnyDocument_SaysWhatTheReaderSays()
    {
        var random = new Random(20261122);
        int[] seen = new int[2];
        for (int round = 0; round < Documents; round++)
        {
            byte[] json = Encoding.UTF8.GetBytes(Document(random, depth: 0));
            for (int cut = 0; cut <= json.Length; cut++)
            {
                if (SaysReader(json.AsSpan(0, cut)) is { } expected)
                {
                    Assert.True(expected == JsonRoot.IsInItself(json.AsSpan(0, cut)), Encoding.UTF8.GetString(json, 0, cut));
                    seen[expected ? 1 : 0]++;
                }
            }
        }

        Assert.All(seen, static count => Assert.True(count > 100));
    }

    /// <summary>Also of what is no JSON it says the same, however it is cut into blocks.</summary>
    [Fact]
    public void IsInItself_AnySigns_SaysWhatALookAtEachSays()
    {
        var random = new Random(20261123);
        for (int round = 0; round < Rounds; round++)
        {
            string signs = "{" + new string(random.GetItems("{}[]\"\\aé ,:".AsSpan(), random.Next(150)));
            Assert.True(SaysEach(signs) == IsInItself(signs), signs);
        }
    }

    private static bool IsInItself(string beginning) => JsonRoot.IsInItself(Encoding.UTF8.GetBytes(beginning));

    /// <summary>Is a member there one of the object itself? Null where none can be.</summary>
    private static bool? SaysReader(ReadOnlySpan<byte> beginning)
    {
        byte[] joined = [.. beginning, .. "\"usage\":{}"u8];
        var reader = new Utf8JsonReader(joined, isFinalBlock: false, default);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.TokenStartIndex == beginning.Length)
                {
                    return reader.CurrentDepth == 1;
                }
            }
        }
        catch (JsonException)
        {
            // In the middle of a word, a number or a text.
        }

        return null;
    }

    private static bool SaysEach(string signs)
    {
        int depth = 0;
        bool isInString = false;
        bool isEscaped = false;
        foreach (char sign in signs)
        {
            if (isEscaped)
            {
                isEscaped = false;
            }
            else if (isInString)
            {
                isEscaped = sign == '\\';
                isInString = sign != '"';
            }
            else
            {
                isInString = sign == '"';
                depth += sign is '{' or '[' ? 1 : sign is '}' or ']' ? -1 : 0;
                if (depth == 0)
                {
                    return false;
                }
            }
        }

        return depth == 1 && !isInString;
    }

    private static string Document(Random random, int depth)
    {
        string[] members = [.. Enumerable.Range(0, random.Next(1, 6)).Select(i => $"\"{Text(random)}{i}\":{Value(random, depth)}")];
        return $"{{{string.Join(random.Next(2) == 0 ? "," : " , ", members)}}}";
    }

    private static string Value(Random random, int depth) => random.Next(depth > 3 ? 3 : 6) switch
    {
        0 => $"\"{Text(random)}\"",
        1 => "12.5",
        2 => "null",
        3 => Document(random, depth + 1),
        4 => $"[{string.Join(",", Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth + 1)))}]",
        _ => "[]",
    };

    private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => random.Next(9) switch
    {
        0 => "\\\"",
        1 => "\\\\",
        2 => "{",
        3 => "]}",
        4 => "é",
        _ => "word ",
    }));
}
