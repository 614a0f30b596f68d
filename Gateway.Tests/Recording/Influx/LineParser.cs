using System.Text;

namespace Gateway.Tests.Recording.Influx;

/// <summary>Reads one point of InfluxDB's line protocol by its published rules, not by how we write it. Throws on anything else.</summary>
internal sealed class LineParser
{
    private readonly string _line;
    private int _at;

    private LineParser(string line) => _line = line;

    public Dictionary<string, string> Tags { get; } = [];

    /// <summary>As written; strings without their quotes and escapes.</summary>
    public Dictionary<string, string> Fields { get; } = [];

    public string Measurement { get; private set; } = "";

    public long Time { get; private set; }

    public static LineParser Parse(string line)
    {
        var point = new LineParser(line);
        point.Read();
        return point;
    }

    private void Read()
    {
        Measurement = Word(", ");
        while (_line[_at] == ',')
        {
            _at++;
            string key = Word("=");
            _at++;
            string value = Word(", ");
            if (key.Length == 0 || value.Length == 0)
            {
                throw new FormatException($"An empty tag in {_line}");
            }

            Tags.Add(key, value);
        }

        do
        {
            _at++;
            string key = Word("=");
            _at++;
            Fields.Add(key, _line[_at] == '"' ? Quoted() : Word(", "));
        }
        while (_line[_at] == ',');
        Time = long.Parse(_line.AsSpan(_at + 1), System.Globalization.CultureInfo.InvariantCulture);
    }

    private string Word(string ends)
    {
        var text = new StringBuilder();
        while (!ends.Contains(_line[_at], StringComparison.Ordinal))
        {
            if (char.IsControl(_line[_at]))
            {
                throw new FormatException($"A control character in {_line}");
            }

            if (_line[_at] == '\\' && _line[_at + 1] is ',' or '=' or ' ')
            {
                _at++;
            }

            text.Append(_line[_at++]);
        }

        return text.ToString();
    }

    private string Quoted()
    {
        var text = new StringBuilder();
        for (_at++; _line[_at] != '"'; _at++)
        {
            if (_line[_at] == '\\' && _line[_at + 1] is '"' or '\\')
            {
                _at++;
            }

            text.Append(_line[_at]);
        }

        _at++;
        return text.ToString();
    }
}
