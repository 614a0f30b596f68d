using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using Gateway.Requests;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>What the framework's document reader makes of a request body, by the rules that callers are told.</summary>
internal sealed partial class BodyOracle
{
    public static readonly JsonDocumentOptions Depth = new() { MaxDepth = 256 };

    private const int LongestModel = 256;
    private const string HalfPair = "half of a surrogate pair";

    private static readonly string[] Limits = ["max_tokens", "max_completion_tokens", "max_output_tokens"];
    private static readonly string[] Once = ["model", "stream", "n", "tools", "stream_options", "temperature", "seed", .. Limits];

    private readonly Dictionary<string, JsonElement> _members = [];

    /// <summary>Null where half of a surrogate pair stands: JSON by its grammar and no text, so either is right.</summary>
    public bool? IsRefused { get; private set; }

    public string Why { get; private set; } = "";

    public static BodyOracle Read(byte[] body, IReadOnlyCollection<string> edited)
    {
        var oracle = new BodyOracle();
        try
        {
            oracle.Why = !Utf8.IsValid(body) ? "no UTF-8" : oracle.WhyNot(body, edited);
        }
        catch (JsonException e)
        {
            oracle.Why = e.Message;
        }
        catch (InvalidOperationException)
        {
            oracle.Why = HalfPair;
        }

        bool mayHoldHalf = Surrogate().IsMatch(System.Text.Encoding.Latin1.GetString(body));
        oracle.IsRefused = mayHoldHalf ? null : oracle.Why.Length > 0;
        return oracle;
    }

    public void AssertAgrees(RequestFacts facts)
    {
        if (Why == HalfPair)
        {
            // In a name that is none of ours; the document reader cannot tell what the others are.
            return;
        }

        Assert.Equal("", Why);
        Assert.Equal(Text("model"), facts.Model);
        Assert.Equal(Is("stream", JsonValueKind.True), facts.IsStream);
        Assert.Equal(Is("n", JsonValueKind.Number) ? _members["n"].GetInt64() : 1, facts.Choices);
        long[] limits = [.. Limits.Where(name => Is(name, JsonValueKind.Number)).Select(TokensOf).OfType<long>()];
        Assert.Equal(limits.Length == 0 ? null : limits.Max(), facts.MaxOutputTokens);
        Assert.Equal(Is("seed", JsonValueKind.Number), facts.HasSeed);
        Assert.Equal(Is("temperature", JsonValueKind.Number) && _members["temperature"].TryGetDouble(out double degrees) && degrees == 0, facts.IsTemperatureZero);
        Assert.Equal(
            Is("stream_options", JsonValueKind.Object) && _members["stream_options"].TryGetProperty("include_usage", out JsonElement usage) && usage.ValueKind == JsonValueKind.True,
            facts.IncludesUsage);
    }

    private string WhyNot(byte[] body, IReadOnlyCollection<string> edited)
    {
        JsonElement root = JsonElement.Parse(body, Depth);
        if (root.ValueKind != JsonValueKind.Object)
        {
            return "no object";
        }

        foreach (JsonProperty member in root.EnumerateObject())
        {
            if ((Once.Contains(member.Name) || edited.Contains(member.Name)) && !_members.TryAdd(member.Name, member.Value))
            {
                return $"{member.Name} twice";
            }

            if (!Once.Contains(member.Name) && Once.Contains(member.Name.Replace('\u017F', 's').Replace('\u212A', 'k'), StringComparer.OrdinalIgnoreCase))
            {
                return $"{member.Name} is {member.Name.ToUpperInvariant()} to some";
            }
        }

        return IsWrong("model", JsonValueKind.String) || Text("model")?.Length > LongestModel ? "model"
            : IsWrong("stream", JsonValueKind.True, JsonValueKind.False) ? "stream"
            : IsWrong("n", JsonValueKind.Number) || (Is("n", JsonValueKind.Number) && CountOf("n") is null) ? "n"
            : IsWrong("tools", JsonValueKind.Array) ? "tools"
            : Array.Exists(Limits, name => IsWrong(name, JsonValueKind.Number, JsonValueKind.String)) ? "limit"
            : Is("stream_options", JsonValueKind.Object) && _members["stream_options"].EnumerateObject().Count(static option => option.Name == "include_usage") > 1 ? "options"
            : "";
    }

    private bool Is(string name, JsonValueKind kind) => _members.TryGetValue(name, out JsonElement value) && value.ValueKind == kind;

    private bool IsWrong(string name, params JsonValueKind[] kinds) =>
        _members.TryGetValue(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null && !kinds.Contains(value.ValueKind);

    private string? Text(string name) => Is(name, JsonValueKind.String) ? _members[name].GetString() : null;

    private long? CountOf(string name) => _members[name].TryGetInt64(out long count) && count is >= 0 and <= int.MaxValue ? count : null;

    /// <summary>However it is written; a part of a token is one.</summary>
    private long? TokensOf(string name) => _members[name].GetDouble() switch
    {
        < 0 => null,
        >= RequestFacts.MostTokens => RequestFacts.MostTokens,
        var tokens => (long)Math.Ceiling(tokens),
    };

    [GeneratedRegex(@"\\u[dD][89a-fA-F]")]
    private static partial Regex Surrogate();
}
