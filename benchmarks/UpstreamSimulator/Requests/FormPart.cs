namespace UpstreamSimulator.Requests;

/// <summary>A file of a multipart form: its beginning is kept, all of it is counted and hashed.</summary>
internal sealed record FormPart(string FileName, string ContentType, byte[] Content, long Bytes, string Sha256);
