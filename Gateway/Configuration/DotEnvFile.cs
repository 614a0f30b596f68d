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

    // The parser keeps the values of a file in static state while it reads.
    private static readonly Lock Gate = new();

    [SuppressMessage("Design", "CA1031", Justification = "Whatever the parser throws, it is the file that is wrong, and a reload must not end the gateway for it.")]
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
            if (BareReference().Match(text) is { Success: true } bare)
            {
                // The parser would put in a variable of the process, or nothing: what is left of a key may be short enough to guess.
                int line = 1 + text.AsSpan(0, bare.Index).Count('\n');
                errors.Add(new ConfigurationError(
                    FileName, $"has a $ in the value of {bare.Groups["name"].Value} at line {line.ToString(CultureInfo.InvariantCulture)}.", "Quote the value with '...'. References stand in the configuration's file."));
                return variables;
            }

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
        catch (Exception e)
        {
            // The parser's other ways to stumble, such as an escape that is no character.
            errors.Add(new ConfigurationError(FileName, $"is not a list of NAME=value lines ({e.GetType().Name}).", "Quote values that have a backslash in them with '...'."));
        }

        return variables;
    }

    // Other readers of such files take a JSON object without quotes around it, and files that came from there hold one in API_KEY_MAPPING.
    [GeneratedRegex(@"^([ \t]*(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*[ \t]*=[ \t]*)(\{[^'\r\n]*\})[ \t]*(?=\r?$)", RegexOptions.Multiline)]
    private static partial Regex BareJson();

    /// <summary>A $ in a value that is not in single quotes, nor behind a backslash, nor in a comment.</summary>
    [GeneratedRegex(@"^[ \t]*(?:export[ \t]+)?(?<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(?:""(?:[^""\\\r\n$]|\\.)*|(?!['""\{])(?:(?![ \t]\#)[^\\\r\n$]|\\.)*)\$", RegexOptions.Multiline)]
    private static partial Regex BareReference();
}
