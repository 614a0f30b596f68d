using System.Globalization;
using System.Text.RegularExpressions;
using DotNetEnv;
using Sprache;

namespace Gateway.Configuration;

/// <summary>Reads <c>.env</c> into a dictionary and leaves the process environment alone.</summary>
internal static partial class DotEnvFile
{
    public const string FileName = ".env";

    // The parser keeps the values of a file in static state while it reads.
    private static readonly Lock Gate = new();

    public static IReadOnlyDictionary<string, string> Read(string path, ICollection<ConfigurationError> errors)
    {
        var variables = new Dictionary<string, string>();
        if (!File.Exists(path))
        {
            return variables;
        }

        try
        {
            string text = File.ReadAllText(path);
            lock (Gate)
            {
                foreach (KeyValuePair<string, string> pair in Env.LoadContents(BareJson().Replace(text, "$1'$2'"), LoadOptions.NoEnvVars()))
                {
                    variables[pair.Key] = pair.Value;
                }
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

        return variables;
    }

    // Other readers of such files take a JSON object without quotes around it, and files that came from there hold one in API_KEY_MAPPING.
    [GeneratedRegex(@"^([ \t]*(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*[ \t]*=[ \t]*)(\{[^'\r\n]*\})[ \t]*(?=\r?$)", RegexOptions.Multiline)]
    private static partial Regex BareJson();
}
