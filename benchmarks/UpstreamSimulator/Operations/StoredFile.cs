using UpstreamSimulator.Requests;

namespace UpstreamSimulator.Operations;

/// <summary>An uploaded file.</summary>
internal sealed record StoredFile(string Id, long Created, string Purpose, FormPart Part);
