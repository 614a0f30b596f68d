using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using DotNetEnv;
using Sprache;

namespace Gateway.Configuration;

/// <summary>Reads <c>.env</c> into a dictionary and leaves the process environment alone.</summary>
internal static partial class DotEnvFile
{
    public const string FileName = ".env";

    /// <summary>One that the parser leaves as it is everywhere: no name begins with the character behind it, which nobody's file has.</summary>
    private const string BareDollar = "$\uE000";

    // The parser keeps the values of a file in static state while it reads.
    private static readonly Lock Gate = new();

    /// <param name="path">Of a file that is there.</param>
    /// <param name="errors">Gets what is wrong with it, by name and without a value.</param>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever the parser throws, it is the file that is wrong, and a reload must not end the gateway for it.")]
    public static IReadOnlyDictionary<string, string> Read(string path, ICollection<ConfigurationError> errors)
    {
        var variables = new Dictionary<string, string>();
        try
        {
            string text = QuotedOrJson().Replace(File.ReadAllText(path), static value => value.Groups["json"] is { Success: true } json
                ? $"{value.Groups["name"]}'{json}'"
                : value.Value);
            foreach (((string name, string value), (_, string asWritten)) in Parse(text).Zip(Parse(text.Replace("$", BareDollar, StringComparison.Ordinal))))
            {
                if (value != asWritten.Replace(BareDollar, "$", StringComparison.Ordinal))
                {
                    // The parser put in a variable of the process, or nothing: what is left of a key may be short enough to guess.
                    errors.Add(new ConfigurationError(
                        FileName, $"has a $ in the value of {name}.", "Quote the value with '...'. References stand in the configuration's file."));
                }

                variables[name] = value;
            }
        }
        catch (ParseException e)
        {
            // The parser's own message quotes the file, keys and all.
            string at = e.Position is { } p ? string.Create(CultureInfo.InvariantCulture, $" at line {p.Line}, column {p.Column}") : "";
            errors.Add(new ConfigurationError(FileName, $"is not a list of NAME=value lines{at}.", "Mend the line, or quote its value with '...'."));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add(new ConfigurationError(FileName, $"cannot be read: {e.GetType().Name}.", "Let the gateway's user read it, or remove it."));
        }
        catch (Exception e)
        {
            // The parser's other ways to stumble, such as an escape that is no character.
            errors.Add(new ConfigurationError(FileName, $"is not a list of NAME=value lines ({e.GetType().Name}).", "Quote values that have a backslash in them with '...'."));
        }

        return variables;
    }

    private static KeyValuePair<string, string>[] Parse(string text)
    {
        lock (Gate)
        {
            return [.. Env.LoadContents(text, LoadOptions.NoEnvVars())];
        }
    }

    /// <summary>
    /// A value in quotes, which may have lines in it that look like others, or a JSON object to its line's end. Other readers of such files take
    /// one without quotes around it, and files that came from there hold one in API_KEY_MAPPING.
    /// </summary>
    [GeneratedRegex(
        """^(?<name>[ \t]*(?:(?:export|set -x|set|SET)[ \t]+)?[\p{L}_][\p{L}\p{Nd}_.-]*[ \t]*=[ \t]*)(?:'[^']*'|"(?:[^"\\]|\\.)*"|(?<json>\{[^'\r\n]*\})[ \t]*(?=\r?$))""",
        RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex QuotedOrJson();
}
