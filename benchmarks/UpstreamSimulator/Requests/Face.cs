namespace UpstreamSimulator.Requests;

/// <summary>Which provider a path belongs to; they differ in headers, errors and details.</summary>
internal enum Face
{
    OpenAI,
    Azure,
    Venice,
}
