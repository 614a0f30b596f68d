using System.Diagnostics;
using System.Globalization;
using Gateway.Tokenization;

namespace Tokens;

/// <summary>npm <c>tiktoken</c>, run by node on files in a folder of its own.</summary>
/// <param name="modules">The folder with <c>node_modules</c>.</param>
internal sealed class Reference(string modules)
{
    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "reference.mjs");

    /// <summary>Its counts.</summary>
    public long[] Counts(Tokenizer tokenizer, IEnumerable<byte[]> texts)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(file, texts.Select(Convert.ToBase64String));
            return [.. Run(tokenizer, "counts", [file]).Select(static line => long.Parse(line, CultureInfo.InvariantCulture))];
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Its count of the text, and its speed in MB/s.</summary>
    public (long Tokens, double Speed) Speed(Tokenizer tokenizer, byte[] text)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, text);
            string[] parts = Run(tokenizer, "speed", [file])[0].Split(' ');
            return (long.Parse(parts[0], CultureInfo.InvariantCulture), double.Parse(parts[1], CultureInfo.InvariantCulture));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private string[] Run(Tokenizer tokenizer, string task, string[] files)
    {
        using var node = Process.Start(new ProcessStartInfo("node", [Script, modules, tokenizer.Name, task, .. files]) { RedirectStandardOutput = true })!;
        string output = node.StandardOutput.ReadToEnd();
        node.WaitForExit();
        return node.ExitCode == 0
            ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : throw new InvalidOperationException($"node ended with {node.ExitCode}.");
    }
}
