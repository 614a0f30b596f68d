namespace Demo.Scripting;

/// <summary>Who calls. The value is the index of the gateway's port; a lower one is more urgent.</summary>
internal enum Tier
{
    Urgent,
    Normal,
    Batch,
}
