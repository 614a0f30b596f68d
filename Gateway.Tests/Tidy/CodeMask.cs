namespace Gateway.Tests.Tidy;

/// <summary>C# with its comments and texts blanked out, so that what is left between braces can be counted. Lines stay where they are.</summary>
internal sealed class CodeMask
{
    private readonly string _text;
    private readonly char[] _masked;
    private int _at;

    private CodeMask(string text)
    {
        _text = text;
        _masked = text.ToCharArray();
    }

    public static string Of(string text)
    {
        var mask = new CodeMask(text);
        mask.Code(untilBrace: false);
        return new string(mask._masked);
    }

    /// <summary>Walks code; inside an interpolation, until the brace that ends the hole.</summary>
    private void Code(bool untilBrace)
    {
        int depth = 0;
        while (_at < _text.Length)
        {
            if (Starts("//"))
            {
                Blank(_text.IndexOf('\n', _at) is >= 0 and int end ? end : _text.Length);
            }
            else if (Starts("/*"))
            {
                Blank(_text.IndexOf("*/", _at, StringComparison.Ordinal) is >= 0 and int end ? end + 2 : _text.Length);
            }
            else if (_text[_at] == '\'')
            {
                Blank(_at + (_text[_at + 1] == '\\' ? Math.Max(3, _text.IndexOf('\'', _at + 3) - _at) + 1 : 3));
            }
            else if (_text[_at] is '"' or '$' or '@' && TryText())
            {
            }
            else
            {
                depth += _text[_at] switch { '{' => 1, '}' => -1, _ => 0 };
                if (untilBrace)
                {
                    _masked[_at] = Blanked(_text[_at]);
                }

                _at++;
                if (untilBrace && depth < 0)
                {
                    return;
                }
            }
        }
    }

    private bool TryText()
    {
        int quote = _at;
        while (quote < _text.Length && _text[quote] is '$' or '@')
        {
            quote++;
        }

        if (quote >= _text.Length || _text[quote] != '"')
        {
            return false;
        }

        string prefix = _text[_at..quote];
        int quotes = 0;
        while (quote + quotes < _text.Length && _text[quote + quotes] == '"')
        {
            quotes++;
        }

        if (quotes >= 3)
        {
            int end = _text.IndexOf(new string('"', quotes), quote + quotes, StringComparison.Ordinal);
            Blank(end < 0 ? _text.Length : end + quotes);
            return true;
        }

        Blank(quote + 1);
        Line(isVerbatim: prefix.Contains('@'), isInterpolated: prefix.Contains('$'));
        return true;
    }

    /// <summary>The rest of an ordinary, verbatim or interpolated text, behind its opening quote.</summary>
    private void Line(bool isVerbatim, bool isInterpolated)
    {
        while (_at < _text.Length)
        {
            if (!isVerbatim && _text[_at] == '\\')
            {
                Blank(_at + 2);
            }
            else if ((isVerbatim && Starts("\"\"")) || (isInterpolated && Starts("{{")))
            {
                Blank(_at + 2);
            }
            else if (isInterpolated && _text[_at] == '{')
            {
                Blank(_at + 1);
                Code(untilBrace: true);
            }
            else
            {
                bool isEnd = _text[_at] == '"';
                Blank(_at + 1);
                if (isEnd)
                {
                    return;
                }
            }
        }
    }

    private bool Starts(string text) => string.CompareOrdinal(_text, _at, text, 0, text.Length) == 0;

    private void Blank(int end)
    {
        for (; _at < Math.Min(end, _text.Length); _at++)
        {
            _masked[_at] = Blanked(_text[_at]);
        }
    }

    private static char Blanked(char character) => character == '\n' ? '\n' : ' ';
}
