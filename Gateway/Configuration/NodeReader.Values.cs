using System.Globalization;
using System.Text.Json.Nodes;

namespace Gateway.Configuration;

/// <summary>One method per kind of value. Numbers and flags may be written as text, because a ${VAR} and the environment know nothing else.</summary>
internal sealed partial class NodeReader
{
    public int Whole(string key, int fallback, int min, int max) =>
        Value(WholeRule(key, min, max, Invariant($"{fallback}")), fallback, WholeIn(min, max));

    public int? WholeOrNull(string key, int? fallback, int min, int max, bool required = false)
    {
        string? otherwise = required ? null : fallback is { } value ? Invariant($"{value}") : "none";
        KeyRule rule = WholeRule(key, min, max, otherwise) with { Nullable = !required, Required = required };
        return Value(rule, fallback, Lift(WholeIn(min, max)));
    }

    public double Number(string key, double fallback, double min, double max)
    {
        var rule = new KeyRule(key, KeyKind.Number)
        {
            Minimum = min,
            Maximum = max,
            Expected = Invariant($"a number from {min} to {max}"),
            Fallback = Invariant($"{fallback}"),
        };
        return Value(rule, fallback, (JsonNode value, out double result) => TryNumber(value, out result) && result >= min && result <= max);
    }

    public bool Flag(string key, bool fallback) => Value(FlagRule(key, fallback ? "true" : "false"), fallback, TryFlag);

    public bool? FlagOrNull(string key) => Value(FlagRule(key, "none") with { Nullable = true }, null, Lift<bool>(TryFlag));

    public TimeSpan Duration(string key, TimeSpan fallback, string min, string max) =>
        Value(DurationRule(key, min, max, Durations.Format(fallback)), fallback, DurationIn(min, max));

    public TimeSpan? DurationOrNull(string key, TimeSpan? fallback, string min, string max) =>
        Value(DurationRule(key, min, max, "none") with { Nullable = true }, fallback, Lift(DurationIn(min, max)));

    /// <summary>A duration or <c>auto</c>.</summary>
    public PreemptAfter? Patience(string key, PreemptAfter? fallback, string min, string max)
    {
        KeyRule rule = DurationRule(key, min, max, fallback is { } value ? Durations.Format(value.Delay) : "none");
        rule = rule with { Expected = rule.Expected + ", or \"auto\"", Choices = ["auto"], Nullable = fallback is null };
        TryRead<TimeSpan> duration = DurationIn(min, max);
        return Value(rule, fallback, (JsonNode value, out PreemptAfter? result) =>
        {
            bool auto = TryText(value, out string text) && text == "auto";
            bool valid = duration(value, out TimeSpan delay) || auto;
            result = auto ? PreemptAfter.Auto : PreemptAfter.Fixed(delay);
            return valid;
        });
    }

    public long Size(string key, long fallback, string min, string max) =>
        Value(SizeRule(key, min, max, Sizes.Format(fallback)), fallback, SizeIn(min, max));

    public long? SizeOrNull(string key, string min, string max) =>
        Value(SizeRule(key, min, max, "none") with { Nullable = true }, null, Lift(SizeIn(min, max)));

    public T Choice<T>(string key, T fallback, IReadOnlyList<(string Text, T Value)> choices)
        where T : struct =>
        Value(ChoiceRule(key, choices, choices.First(c => c.Value.Equals(fallback)).Text), fallback, ChoiceOf(choices));

    public T? ChoiceOrNull<T>(string key, IReadOnlyList<(string Text, T Value)> choices)
        where T : struct =>
        Value(ChoiceRule(key, choices, "none") with { Nullable = true }, null, Lift(ChoiceOf(choices)));

    public string Text(string key, string fallback, string expected, Predicate<string> isValid)
    {
        var rule = new KeyRule(key, KeyKind.Text) { Expected = expected, Fallback = fallback.Length == 0 ? "none" : $"\"{fallback}\"" };
        return Value(rule, fallback, (JsonNode value, out string result) => TryText(value, out result) && isValid(result));
    }

    public string RequiredText(string key, string expected, Predicate<string> isValid)
    {
        var rule = new KeyRule(key, KeyKind.Text) { Expected = expected, Required = true };
        return Value(rule, "", (JsonNode value, out string result) => TryText(value, out result) && isValid(result));
    }

    public string? TextOrNull(string key, string expected, Predicate<string> isValid)
    {
        var rule = new KeyRule(key, KeyKind.Text) { Expected = expected, Fallback = "none", Nullable = true };
        return Value(rule, null, (JsonNode value, out string? result) => TryText(value, out result) && isValid(result));
    }

    /// <summary>A key or token: visible ASCII, because it travels in a header. Empty = none. Never shown.</summary>
    /// <param name="key">The key.</param>
    /// <param name="minimum">Characters it must have: more than one for a secret that is ours to ask for, and nobody's to guess.</param>
    /// <param name="otherwise">What holds without it; null where it cannot just be left out.</param>
    public string? Secret(string key, int minimum = 1, string? otherwise = "none")
    {
        string expected = "text of visible ASCII without blanks" + (minimum > 1 ? Invariant($", {minimum} characters or more") : "");
        var rule = new KeyRule(key, KeyKind.Text) { Expected = expected, Fallback = otherwise, Nullable = true, Secret = true };
        return Value(rule, null, (JsonNode value, out string? result) =>
        {
            bool valid = TryText(value, out string text) && (text.Length == 0 || (text.Length >= minimum && ValueRules.IsHeaderSafe(text)));
            result = text.Length == 0 ? null : text;
            return valid;
        });
    }

    public IReadOnlyList<string> TextList(string key, IReadOnlyList<string> fallback, string expected, Predicate<string> isValid) =>
        List(new KeyRule(key, KeyKind.TextList) { Expected = expected, Fallback = "none" }, fallback, Checked(isValid))!;

    public IReadOnlyList<string>? TextListOrNull(string key, string expected, Predicate<string> isValid) =>
        List(new KeyRule(key, KeyKind.TextList) { Expected = expected, Fallback = "the default", Nullable = true }, null, Checked(isValid));

    public IReadOnlyList<string> SecretList(string key)
    {
        const string Expected = "a list of keys, each of visible ASCII without blanks and not empty";
        return List(new KeyRule(key, KeyKind.TextList) { Expected = Expected, Fallback = "none", Secret = true }, [],
            Checked(ValueRules.IsHeaderSafe))!;
    }

    public IReadOnlyList<int> WholeList(string key, IReadOnlyList<int> fallback, string expected, Predicate<int> isValid) =>
        List(new KeyRule(key, KeyKind.WholeList) { Expected = expected, Fallback = string.Join(", ", fallback) }, fallback,
            (JsonNode value, out int result) => TryWhole(value, out result) && isValid(result))!;

    public IReadOnlyList<int>? WholeListOrNull(string key, string expected, Predicate<int> isValid) =>
        List(new KeyRule(key, KeyKind.WholeList) { Expected = expected, Fallback = "all", Nullable = true }, null,
            (JsonNode value, out int result) => TryWhole(value, out result) && isValid(result));

    public IReadOnlyDictionary<string, string> TextMap(string key, string expected, Predicate<string> isValid, bool secret = false)
    {
        var rule = new KeyRule(key, KeyKind.TextMap) { Expected = expected, Fallback = "none", Secret = secret };
        return Value<IReadOnlyDictionary<string, string>>(rule, new Dictionary<string, string>(),
            (JsonNode value, out IReadOnlyDictionary<string, string> result) => TryMap(rule, value, isValid, out result));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static KeyRule WholeRule(string key, int min, int max, string? fallback) =>
        new(key, KeyKind.Whole) { Minimum = min, Maximum = max, Expected = Invariant($"a whole number from {min} to {max}"), Fallback = fallback };

    private static KeyRule FlagRule(string key, string fallback) => new(key, KeyKind.Flag) { Expected = "true or false", Fallback = fallback };

    private static KeyRule DurationRule(string key, string min, string max, string fallback) =>
        new(key, KeyKind.Duration)
        {
            Expected = $"a duration from {min} to {max} such as \"30s\", \"1h30m\" or a number of seconds",
            Fallback = fallback,
        };

    private static KeyRule SizeRule(string key, string min, string max, string fallback) =>
        new(key, KeyKind.Size) { Expected = $"a size from {min} to {max} such as \"64MiB\" or a number of bytes", Fallback = fallback };

    private static KeyRule ChoiceRule<T>(string key, IReadOnlyList<(string Text, T Value)> choices, string fallback)
    {
        string[] texts = [.. choices.Select(choice => choice.Text)];
        return new KeyRule(key, KeyKind.Choice) { Expected = $"one of {string.Join(", ", texts)}", Choices = texts, Fallback = fallback };
    }

    private IReadOnlyList<T>? List<T>(KeyRule rule, IReadOnlyList<T>? fallback, TryRead<T> read) =>
        Value(rule, fallback, (JsonNode value, out IReadOnlyList<T>? result) =>
        {
            var items = new List<T>();
            result = items;
            if (value is not JsonArray list)
            {
                return false;
            }

            for (int i = 0; i < list.Count; i++)
            {
                if (list[i] is { } item && read(item, out T one))
                {
                    items.Add(one);
                }
                else
                {
                    ReportEntry(rule, Invariant($"{Path(rule.Name)}[{i}]"), list[i]);
                }
            }

            return items.Count == list.Count;
        });

    private bool TryMap(KeyRule rule, JsonNode value, Predicate<string> isValid, out IReadOnlyDictionary<string, string> map)
    {
        var pairs = new Dictionary<string, string>();
        map = pairs;
        if (value is not JsonObject section)
        {
            return false;
        }

        int index = 0;
        foreach (KeyValuePair<string, JsonNode?> pair in section)
        {
            if (pair.Value is { } entry && TryText(entry, out string text) && isValid(pair.Key) && isValid(text))
            {
                pairs.Add(pair.Key, text);
            }
            else
            {
                // The names of a secret map are secrets too.
                ReportEntry(rule, rule.Secret ? Invariant($"{Path(rule.Name)}[{index}]") : $"{Path(rule.Name)}.{Quoted(pair.Key)}", pair.Value);
            }

            index++;
        }

        return pairs.Count == section.Count;
    }
}
