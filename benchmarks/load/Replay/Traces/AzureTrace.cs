using System.Globalization;

namespace Load.Replay;

/// <summary>
/// The Azure LLM inference trace 2023 (Microsoft, CC-BY-4.0; Patel et al., "Splitwise", ISCA 2024): two services in the same hour.
/// </summary>
/// <param name="Code">Code completion, replayed as the urgent tier.</param>
/// <param name="Conversation">Conversation, replayed as the low tier.</param>
internal sealed record AzureTrace(IReadOnlyList<TraceRow> Code, IReadOnlyList<TraceRow> Conversation)
{
    public const string CodeFile = "azure-llm-2023-code.csv";
    public const string ConversationFile = "azure-llm-2023-conv.csv";

    private const string Header = "TIMESTAMP,ContextTokens,GeneratedTokens";
    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss.FFFFFFF";

    /// <summary>Reads both files of a folder.</summary>
    /// <exception cref="TraceException">A file is missing, empty or has a line that does not belong there.</exception>
    public static AzureTrace Read(string folder) => Directory.Exists(folder)
        ? new AzureTrace(ReadFile(Path.Combine(folder, CodeFile)), ReadFile(Path.Combine(folder, ConversationFile)))
        : throw new TraceException($"{folder}: no such folder. It must hold {CodeFile} and {ConversationFile}.");

    private static List<TraceRow> ReadFile(string path)
    {
        try
        {
            return Parse(path, File.ReadLines(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TraceException($"{path}: cannot be read: {e.Message}");
        }
    }

    private static List<TraceRow> Parse(string path, IEnumerable<string> lines)
    {
        var rows = new List<TraceRow>();
        int number = 0;
        foreach (string line in lines)
        {
            if (++number == 1)
            {
                if (line != Header)
                {
                    throw new TraceException($"{path}, line 1: expected the header {Header}, found: {line}");
                }
            }
            else if (TryParse(line, out TraceRow row))
            {
                rows.Add(row);
            }
            else
            {
                throw new TraceException(
                    $"{path}, line {number}: expected a time like 2023-11-16 18:17:03.9799600 and two token counts, found: {line}");
            }
        }

        return rows.Count > 0 ? rows : throw new TraceException($"{path}: holds no request.");
    }

    private static bool TryParse(string line, out TraceRow row)
    {
        row = default;
        if (line.Split(',') is not [string time, string context, string generated]
            || !DateTime.TryParseExact(time, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime at)
            || !int.TryParse(context, NumberStyles.None, CultureInfo.InvariantCulture, out int contextTokens)
            || !int.TryParse(generated, NumberStyles.None, CultureInfo.InvariantCulture, out int generatedTokens))
        {
            return false;
        }

        row = new TraceRow(at.Ticks, contextTokens, generatedTokens);
        return true;
    }
}
