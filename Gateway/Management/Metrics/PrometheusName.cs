using System.Text;

namespace Gateway.Management.Metrics;

/// <summary>
/// An instrument's name and unit as Prometheus writes them (OpenTelemetry, Prometheus compatibility): underscores for dots, the unit in words at the
/// end, and <c>_total</c> behind a counter.
/// </summary>
internal static class PrometheusName
{
    public static string Of(string instrument, string? unit, bool isCounter, bool isGauge)
    {
        string name = Plain(instrument);
        string word = WordOf(unit, isGauge);
        if (word.Length > 0 && !name.EndsWith(word, StringComparison.Ordinal))
        {
            name = $"{name}_{word}";
        }

        return isCounter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    /// <summary>Of a label.</summary>
    public static string Plain(string name)
    {
        var plain = new StringBuilder(name);
        for (int i = 0; i < plain.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(plain[i]))
            {
                plain[i] = '_';
            }
        }

        return char.IsAsciiDigit(plain[0]) ? $"_{plain}" : plain.ToString();
    }

    /// <summary>What stands in braces only annotates.</summary>
    private static string WordOf(string? unit, bool isGauge) => unit switch
    {
        "s" => "seconds",
        "By" => "bytes",
        "1" when isGauge => "ratio",
        _ => "",
    };
}
