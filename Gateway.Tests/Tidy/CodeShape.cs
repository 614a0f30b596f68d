using System.Text.RegularExpressions;

namespace Gateway.Tests.Tidy;

/// <summary>The types and methods of a file, found by counting braces: enough for rules about names and lengths.</summary>
internal sealed partial class CodeShape
{
    private readonly List<(string Name, bool IsTopLevel)> _types = [];
    private readonly List<(string Header, int Lines)> _methods = [];

    private CodeShape()
    {
    }

    public IReadOnlyList<string> TopLevelTypes => [.. _types.Where(static type => type.IsTopLevel).Select(static type => type.Name).Distinct()];

    public IReadOnlyList<string> Types => [.. _types.Select(static type => type.Name)];

    /// <summary>Header and length in lines, from the first line of the header to the last brace.</summary>
    public IReadOnlyList<(string Header, int Lines)> Methods => _methods;

    public static CodeShape Of(string text)
    {
        string code = Preprocessor().Replace(CodeMask.Of(text), static line => new string(' ', line.Length));
        var shape = new CodeShape();
        shape.Scope(code, 0, isType: false);
        return shape;
    }

    /// <summary>Reads the declarations of a file, namespace or type; returns the position behind its closing brace.</summary>
    private int Scope(string code, int at, bool isType)
    {
        int start = at;
        int parentheses = 0;
        while (at < code.Length)
        {
            switch (code[at++])
            {
                case '(' or '[':
                    parentheses++;
                    break;
                case ')' or ']':
                    parentheses--;
                    break;
                case ';' when parentheses == 0:
                    Declaration(code, start, at, isType);
                    start = at;
                    break;
                case '{' when parentheses == 0 && KindOf(code[start..(at - 1)]) is { } name:
                    _types.AddRange(name.Length > 0 ? [(name, !isType)] : []);
                    start = at = Scope(code, at, isType: name.Length > 0);
                    break;
                case '{':
                    at = Skip(code, at);
                    if (parentheses == 0 && IsMethod(code[start..at]))
                    {
                        Add(code, start, at);
                        start = at;
                    }

                    break;
                case '}':
                    return at;
            }
        }

        return at;
    }

    /// <summary>A declaration without a block: an expression-bodied method, or a record that is all in its header.</summary>
    private void Declaration(string code, int start, int end, bool isType)
    {
        string text = code[start..end];
        if (text.Contains("=>", StringComparison.Ordinal) ? IsMethod(text) : false)
        {
            Add(code, start, end);
        }
        else if (KindOf(text.TrimEnd(';')) is { Length: > 0 } name)
        {
            _types.Add((name, !isType));
        }
    }

    private void Add(string code, int start, int end)
    {
        string text = code[start..end];
        string header = text.TrimStart();
        _methods.Add((Blanks().Replace(header[..Math.Min(header.Length, 120)], " "), header.Count(static character => character == '\n') + 1));
    }

    /// <summary>The type's name, "" for a namespace, null for anything else.</summary>
    private static string? KindOf(string header)
    {
        string bare = Bare(header);
        if (NamespaceHeader().IsMatch(bare))
        {
            return "";
        }

        Match match = bare.Contains('=', StringComparison.Ordinal) ? Match.Empty : TypeHeader().Match(bare);
        return match.Success ? match.Groups["name"].Value : null;
    }

    /// <summary>Something with parameters or accessors, and not the initial value of a field.</summary>
    private static bool IsMethod(string text)
    {
        int body = text.IndexOf("=>", StringComparison.Ordinal) is >= 0 and int arrow ? arrow : text.Length;
        body = text.IndexOf('{', StringComparison.Ordinal) is >= 0 and int brace ? Math.Min(body, brace) : body;
        return !Initialiser().IsMatch(Operator().Replace(Bare(text[..body]), ""));
    }

    /// <summary>A header without attributes, parameters and constraints.</summary>
    private static string Bare(string header)
    {
        string bare = header;
        for (string before = ""; before != bare;)
        {
            before = bare;
            bare = Innermost().Replace(bare, " ");
        }

        return Constraint().Replace(bare, "");
    }

    private static int Skip(string code, int at)
    {
        for (int depth = 1; depth > 0 && at < code.Length; at++)
        {
            depth += code[at] switch { '{' => 1, '}' => -1, _ => 0 };
        }

        return at;
    }

    [GeneratedRegex(@"\([^()]*\)|\[[^\[\]]*\]")]
    private static partial Regex Innermost();

    [GeneratedRegex(@"\bwhere\s.*$", RegexOptions.Singleline)]
    private static partial Regex Constraint();

    [GeneratedRegex(@"\bnamespace\s")]
    private static partial Regex NamespaceHeader();

    [GeneratedRegex(@"\b(record\s+class|record\s+struct|class|struct|record|interface|enum)\s+(?<name>\w+)")]
    private static partial Regex TypeHeader();

    [GeneratedRegex(@"operator\s*[^\s\w(]+")]
    private static partial Regex Operator();

    [GeneratedRegex(@"(?<![=<>!])=(?![=>])")]
    private static partial Regex Initialiser();

    [GeneratedRegex(@"^[ \t]*#.*$", RegexOptions.Multiline)]
    private static partial Regex Preprocessor();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
