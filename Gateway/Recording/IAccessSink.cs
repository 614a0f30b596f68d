namespace Gateway.Recording;

/// <summary>Takes finished access records. Must return at once: the caller's request is still open.</summary>
internal interface IAccessSink
{
    void Write(AccessRecord record);
}
