namespace Load.Driver.Http;

/// <summary>What was seen of one answer. <c>Reads</c> against <c>Events</c> tells whether chunks travelled separately.</summary>
internal readonly record struct Answer(int Status, long BodyBytes, int Events, bool SaidDone, int Reads, bool KeepAlive);
