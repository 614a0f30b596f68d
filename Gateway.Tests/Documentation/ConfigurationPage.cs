using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Configuration;
using Gateway.Tests.Configuration;

namespace Gateway.Tests.Documentation;

/// <summary>Writes docs/configuration.md from the binders' rules, the options' comments, the table of variables and the reload policy.</summary>
internal static partial class ConfigurationPage
{
    private static readonly Dictionary<string, string> Pages = new()
    {
        ["endpoints"] = "One Kestrel port each. How tiers interrupt each other: [scheduling](scheduling.md).",
        ["instances"] = "What each provider is sent, and what the token window does: [providers](providers.md).",
        ["scheduling"] = "The rules behind these numbers: [scheduling](scheduling.md); how to choose them: [operations](operations.md#tuning-preemption).",
        ["routing"] = "[Which instance](scheduling.md#which-instance).",
        ["retries"] = "What is retried and what is not: [decision 7](decisions/0007-which-failures-are-retried.md).",
        ["client_keys"] = "[Keys](keys.md), together with `client_api_keys` and `api_key_mapping`.",
        ["rate_limit"] = "[Limits](limits.md).",
        ["cache"] = "[Caching](caching.md).",
        ["cors"] = "[Web pages](keys.md#web-pages).",
    };

    public static string Generate()
    {
        IReadOnlySet<string> restart = NeedRestart();
        var page = new StringBuilder(Intro());
        NodeRules root = KnownKeys.Root;
        page.Append("\n## Top level\n\n");
        Table(page, root, "", restart);
        foreach (KeyRule section in root.Keys.Where(static key => key.Section is not null))
        {
            bool isList = section.Kind == KeyKind.SectionList;
            page.Append(CultureInfo.InvariantCulture, $"\n## {section.Name}\n\n{KeyDoc.Of(root, section).Text}");
            page.Append(Pages.TryGetValue(section.Name, out string? more) ? $" {more}\n\n" : "\n\n");
            Table(page, section.Section!, section.Name + (isList ? "[]." : "."), restart);
        }

        page.Append("\n## Environment variables\n\n").Append(EnvironmentIntro);
        page.Append("| variable | key |\n|---|---|\n");
        foreach (string variable in EnvironmentVariables.Table.Select(static row => row.Variable))
        {
            page.Append(CultureInfo.InvariantCulture, $"| `{variable}` | `{KeyOf(variable)}` |\n");
        }

        return page.Append("| `ENVIRONMENT` | `--environment`; a name without an overlay is noted and lays nothing over |\n").ToString();
    }

    /// <summary>Keys whose change is put off until a restart: found by changing each, not by asking for a list.</summary>
    public static IReadOnlySet<string> NeedRestart()
    {
        var found = new HashSet<string>();
        foreach ((string path, string[] good, _) in KeyCases.All)
        {
            GatewayOptions[] variants = [ConfigurationFolder.LoadJson("{}").Options!, .. good.Select(value => ConfigurationFolder.LoadJson(KeyCases.Document(path, value).Json).Options!)];
            if (variants.Zip(variants.Skip(1)).Any(pair => ReloadPolicy.Merge(pair.First, pair.Second).NeedRestart.Contains(path)))
            {
                found.Add(path);
            }
        }

        return found;
    }

    private static string KeyOf(string variable) => EnvironmentVariables.Table.Single(row => row.Variable == variable).Key switch
    {
        "endpoints" => "endpoints[].port",
        "max_tpm" => "instances[].max_tpm",
        "max_input_tokens" => "instances[].max_input_tokens",
        var key => key,
    };

    private static void Table(StringBuilder page, NodeRules rules, string prefix, IReadOnlySet<string> restart)
    {
        page.Append("| key | takes | default | what it does |\n|---|---|---|---|\n");
        foreach (KeyRule rule in rules.Keys.Where(static key => key.Section is null && key.Name != "$schema"))
        {
            KeyDoc doc = KeyDoc.Of(rules, rule);
            string text = Variables().Replace(doc.Text, "`$0`");
            string[] variables =
            [
                .. EnvironmentVariables.Table.Select(static row => row.Variable)
                    .Where(variable => KeyOf(variable) == prefix + rule.Name && !text.Contains($"`{variable}`", StringComparison.Ordinal)).Select(static variable => $"`{variable}`"),
            ];
            string what = text + string.Concat(KeyDoc.Choices(rules, rule).Select(static choice => $" {choice}"))
                + (variables.Length > 0 ? $" Environment: {string.Join(", ", variables)}." : "")
                + (restart.Contains(prefix + rule.Name) && !text.Contains("needs a restart", StringComparison.Ordinal) ? " A change needs a restart." : "");
            page.Append(CultureInfo.InvariantCulture, $"| `{rule.Name}` | {Cell(Takes(rule))} | {Cell(Default(rule, doc))} | {Cell(what)} |\n");
        }
    }

    private static string Takes(KeyRule rule)
    {
        string takes = rule.Kind switch
        {
            KeyKind.Whole or KeyKind.Number => string.Create(CultureInfo.InvariantCulture, $"{rule.Minimum} to {rule.Maximum}"),
            KeyKind.Flag => "true, false",
            KeyKind.Choice => string.Join(", ", rule.Choices.Select(static choice => $"`{choice}`")),
            KeyKind.Duration => Bounds().Replace(rule.Expected, "$1") + (rule.Choices.Count > 0 ? ", or `auto`" : ""),
            KeyKind.Size => Bounds().Replace(rule.Expected, "$1"),
            _ => rule.Expected,
        };
        return takes + (rule.Nullable ? ", or null" : "") + (rule.Secret ? " (secret)" : "");
    }

    private static string Default(KeyRule rule, KeyDoc doc) =>
        rule.Required ? "**required**" : doc.Default ?? (doc.Text.StartsWith("Overrides ", StringComparison.Ordinal) ? "null" : "none");

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static string Intro() => $$"""
        # Configuration

        Written from the options in `Gateway/Configuration` by `make docs`; a test holds it to them. Do not edit it by hand.

        ## Where values come from

        Later ones win: the defaults below; the file; its overlay for the environment; `.env` in the working directory; environment variables; the
        command line.

        ```text
        {{CommandLine.Usage}}
        ```

        - **File**: `config.json` in the working directory, or what `--config` names. JSON (comments and trailing commas are allowed) or YAML. With
          `--environment production`, or the variable `ENVIRONMENT`, `config.production.json` beside it is laid over it; a folder holds `base.yaml` and
          `production.yaml`. Sections are merged key by key, lists are replaced whole. Without any file the environment variables alone will do.
          A file that holds nothing, or comments only, was emptied by mistake and is an error; to hold nothing on purpose, it says `{}`. Files are UTF-8.
          Where there is no such overlay, the argument stops the start; the variable, which is set for many reasons, is noted at the start and by `--check`.
        - **Variables in values**: `${NAME}` and `${NAME:default}` work in every string. A variable that is not set and has no default stops the start.
          A default is plain text: a `${` in it is an error.
          In `.env` itself there are none: a value with `$NAME` in it stands in `'...'`.
        - **Durations**: `"300ms"`, `"5m"`, `"1h30m"`, `"00:05:00"`, or a number of seconds. **Sizes**: `"64MiB"`, or a number of bytes. Numbers and flags
          may be written as text.
        - **Mistakes** stop the start, all of them reported together, each with the key, in a list also the entry (`[0]` is the first), and the fix; an unknown key names the nearest
          known one. `--check` reports them, or prints the whole configuration in force, defaults included, without secrets.
        - **Reload**: a saved file or `SIGHUP` brings the new values into force, all at once; a file with mistakes changes nothing and is named in the log, and so
          does one that would open what was closed: no client keys any more, no `admin_token`, or a file that is gone. That takes a restart.
          Another `ENVIRONMENT` in `.env` brings its overlay into force, which must be there if there was one before.
          Where standard input is a terminal, `SIGHUP` says that the terminal is gone: there the gateway drains and ends.
          What needs a restart says so below, and is reported when it is changed.
        - **Editors** complete and check the file through [`config.schema.json`](../config.schema.json): `"$schema": "./config.schema.json"`.

        """;

    private const string EnvironmentIntro = """
        Of two for the same key the lower one in this table wins. An empty variable counts as unset. `RATE_LIMIT` and `RATE_LIMIT__REQUESTS_PER_MINUTE`
        are different things: the one is per address, the other per caller. What is exported by OpenTelemetry is set by its own `OTEL_*` variables
        ([metrics](metrics.md#opentelemetry)).


        """;

    [GeneratedRegex(@"(?<![`\w])([A-Z]+_[A-Z_]+|PORT|HOST)(?![`\w])(?=[ ,;(])")]
    private static partial Regex Variables();

    [GeneratedRegex("^a (?:duration|size) from (\\S+ to \\S+) such as.*$")]
    private static partial Regex Bounds();
}
