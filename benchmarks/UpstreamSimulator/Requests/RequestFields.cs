namespace UpstreamSimulator.Requests;

/// <summary>What the simulator reads of a JSON request. Everything else is ignored.</summary>
internal sealed class RequestFields
{
    public string Model { get; set; } = "";

    public string User { get; set; } = "";

    public bool Stream { get; set; }

    public bool IncludeUsage { get; set; }

    public int? MaxTokens { get; set; }

    public int? Dimensions { get; set; }

    public int Count { get; set; } = 1;

    public string EncodingFormat { get; set; } = "";

    public string ResponseFormat { get; set; } = "";

    /// <summary>The name of the first tool, or "" without tools.</summary>
    public string Tool { get; set; } = "";

    public bool ToolsForbidden { get; set; }

    /// <summary>The conversation ends with a tool's result: time for an answer in words, or an agent would never end.</summary>
    public bool EndsWithToolResult { get; set; }

    /// <summary>Tokens of the text that was sent.</summary>
    public int PromptTokens { get; set; }

    /// <summary>One hash per input of an embeddings request.</summary>
    public List<ulong> Inputs { get; } = [];

    /// <summary>Parameters seen that Venice refuses.</summary>
    public List<string> RefusedByVenice { get; } = [];

    public bool AnswersWithTool => Tool.Length > 0 && !ToolsForbidden && !EndsWithToolResult;
}
