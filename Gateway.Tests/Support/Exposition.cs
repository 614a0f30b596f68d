using System.Globalization;
using System.Text;
using Xunit;

namespace Gateway.Tests.Support;

/// <summary>What <c>/metrics</c> says, read as Prometheus reads it.</summary>
internal sealed class Exposition
{
    private readonly Dictionary<string, double> _samples = [];
    private readonly Dictionary<string, string> _types = [];

    private Exposition(string text)
    {
        Text = text;
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Assert.True(_types.TryAdd(line.Split(' ')[2], line.Split(' ')[3]), $"Announced twice: {line}");
            }
            else if (line[0] != '#')
            {
                int end = line.LastIndexOf(' ');
                Assert.True(_samples.TryAdd(Key(line[..end]), Number(line[(end + 1)..])), $"Sampled twice: {line}");
            }
        }
    }

    public string Text { get; }

    /// <summary>Series, each bucket counted as one.</summary>
    public int Series => _samples.Count;

    /// <summary>Names of the metrics, each with its type.</summary>
    public IReadOnlyDictionary<string, string> Types => _types;

    public static async Task<Exposition> ScrapeAsync(Rig rig, params string[] headers)
    {
        using HttpResponseMessage answer = await rig.SendAsync(rig.Request(Rig.Urgent, HttpMethod.Get, "/metrics", null, headers)).Soon();
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        return new Exposition(await answer.Content.ReadAsStringAsync(Rig.Cancel).Soon());
    }

    public static Exposition Of(string text) => new(text);

    /// <summary>Null when there is no such series. Labels are given as <c>name=value</c>, in any order.</summary>
    public double? Find(string name, params string[] labels) => _samples.TryGetValue(Key(name, labels), out double value) ? value : null;

    public double Value(string name, params string[] labels) =>
        Find(name, labels) ?? throw new KeyNotFoundException($"{Key(name, labels)} is not among\n{string.Join('\n', _samples.Keys.Where(key => key.StartsWith(name, StringComparison.Ordinal)))}");

    /// <summary>Over all series of the name that have these labels.</summary>
    public double Sum(string name, params string[] labels) => _samples
        .Where(sample => sample.Key.Split('\n') is [var first, .. var rest] && first == name && labels.All(rest.Contains))
        .Sum(static sample => sample.Value);

    /// <summary>All values of a label.</summary>
    public IReadOnlySet<string> Labels(string label) => _samples.Keys
        .SelectMany(static key => key.Split('\n').Skip(1))
        .Where(part => part.StartsWith(label + "=", StringComparison.Ordinal))
        .Select(part => part[(label.Length + 1)..])
        .ToHashSet();

    private static string Key(string name, IEnumerable<string> labels) => string.Join('\n', labels.Order(StringComparer.Ordinal).Prepend(name));

    private static string Key(string series)
    {
        int start = series.IndexOf('{', StringComparison.Ordinal);
        if (start < 0)
        {
            return series;
        }

        List<string> labels = [];
        var label = new StringBuilder();
        bool isValue = false;
        for (int i = start + 1; i < series.Length - 1; i++)
        {
            switch (series[i])
            {
                case '\\':
                    label.Append(series[++i] == 'n' ? '\u2424' : series[i]);
                    break;
                case '"':
                    isValue = !isValue;
                    break;
                case ',' when !isValue:
                    labels.Add(label.ToString());
                    label.Clear();
                    break;
                default:
                    label.Append(series[i]);
                    break;
            }
        }

        labels.Add(label.ToString());
        return Key(series[..start], labels);
    }

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };
}
