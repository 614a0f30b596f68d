namespace Gateway.Requests;

/// <summary>The one edit that makes a streaming request ask for its usage. The default: there is none to make.</summary>
/// <param name="Offset">Where, in bytes from the body's beginning.</param>
/// <param name="Length">Bytes that go.</param>
/// <param name="Form">What comes.</param>
internal readonly record struct UsagePlace(int Offset, int Length, UsageForm Form)
{
    private static readonly ReadOnlyMemory<byte> Member = ",\"stream_options\":{\"include_usage\":true}"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> Object = "{\"include_usage\":true}"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> OnlyMember = "\"include_usage\":true"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> FirstMember = "\"include_usage\":true,"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> Value = "true"u8.ToArray();

    public BodySplice ToSplice() => new(Offset, Length, Form switch
    {
        UsageForm.Member => Member,
        UsageForm.Object => Object,
        UsageForm.OnlyMember => OnlyMember,
        UsageForm.FirstMember => FirstMember,
        UsageForm.Value => Value,
        _ => default,
    });
}
