namespace Load.Driver.Reports;

/// <summary>One line on the terminal that is overwritten, and lines that stay. Where the output is no terminal, only those that stay.</summary>
internal sealed class Progress
{
    private int _shown;

    public void Show(string text)
    {
        if (Console.IsOutputRedirected)
            return;
        Clear();
        Console.Write(text);
        _shown = text.Length;
    }

    public void Keep(string text)
    {
        Clear();
        Console.WriteLine(text);
    }

    private void Clear()
    {
        if (_shown > 0)
            Console.Write('\r' + new string(' ', _shown) + '\r');
        _shown = 0;
    }
}
