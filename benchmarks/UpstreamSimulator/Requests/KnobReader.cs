using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace UpstreamSimulator.Requests;

/// <summary>Reads <see cref="Knobs"/>: the options, then the model (<c>sim:ttft=200,tokens=50</c>), then the headers; the last one wins.</summary>
internal static class KnobReader
{
    private const string HeaderPrefix = "x-sim-";
    private const string ModelPrefix = "sim:";
    private const int MaxTokens = 10_000_000;

    /// <summary>Reads all knobs; <paramref name="bad"/> names the first that is unknown or has no usable value.</summary>
    public static Knobs Read(SimulatorOptions options, bool generates, string model, IHeaderDictionary headers, out string? bad)
    {
        // Only generation takes time by itself: a list of models comes at once unless its request asks for the wait.
        Knobs knobs = new() { TtftMs = generates ? options.TtftMs : 0, Tokens = options.Tokens, TokensPerSecond = options.TokensPerSecond };
        bad = null;
        if (model.StartsWith(ModelPrefix, StringComparison.Ordinal))
        {
            foreach (string pair in model[ModelPrefix.Length..].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                int equals = pair.IndexOf('=', StringComparison.Ordinal);
                string name = equals < 0 ? pair : pair[..equals];
                if (!Apply(knobs, name, equals < 0 ? "1" : pair[(equals + 1)..])) bad ??= name;
            }
        }

        foreach ((string header, StringValues value) in headers)
        {
            if (!header.StartsWith(HeaderPrefix, StringComparison.OrdinalIgnoreCase)) continue;
            string name = header[HeaderPrefix.Length..].ToLowerInvariant();
            if (!Apply(knobs, name, value.ToString())) bad ??= header;
        }

        return knobs;
    }

    private static bool Apply(Knobs knobs, string name, string value)
    {
        switch (name)
        {
            case "ttft" or "ttft-ms" when Number(value, out double ms):
                knobs.TtftMs = ms;
                return true;
            case "tokens" when Number(value, out double tokens):
                knobs.Tokens = (int)Math.Min(tokens, MaxTokens);
                return true;
            case "tps" when Number(value, out double tps):
                knobs.TokensPerSecond = tps;
                return true;
            case "status" when Number(value, out double status) && status is >= 200 and <= 999:
                knobs.Status = (int)status;
                return true;
            case "ignore-abort" or "ignore-abort-ms" when Number(value, out double ignore):
                knobs.IgnoreAbortMs = ignore;
                return true;
            case "fail-times" when Number(value, out double times):
                knobs.FailTimes = (int)Math.Min(times, int.MaxValue);
                return true;
            case "early-head" when value is "0" or "1":
                knobs.EarlyHead = value == "1";
                return true;
            case "retry-after":
                knobs.RetryAfter = value;
                return true;
            case "error-code":
                knobs.ErrorCode = value;
                return true;
            case "error-message":
                knobs.ErrorMessage = value;
                return true;
            case "nonce":
                return true;
            case "fail":
                return Fail(knobs, value);
            default:
                return false;
        }
    }

    private static bool Fail(Knobs knobs, string value)
    {
        int colon = value.IndexOf(':', StringComparison.Ordinal);
        FailKind kind = (colon < 0 ? value : value[..colon]) switch
        {
            "reset-before-headers" => FailKind.ResetBeforeHeaders,
            "reset-after" => FailKind.ResetAfter,
            "hang" => FailKind.Hang,
            "truncate" => FailKind.Truncate,
            "no-done" => FailKind.NoDone,
            "no-finish" => FailKind.NoFinish,
            _ => FailKind.None,
        };
        bool counted = kind is FailKind.ResetAfter or FailKind.Truncate;
        if (kind == FailKind.None || counted != colon > 0) return false;
        long after = 0;
        if (counted && !long.TryParse(value.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out after)) return false;
        (knobs.Fail, knobs.FailAfter) = (kind, after);
        return true;
    }

    private static bool Number(string value, out double number) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
}
