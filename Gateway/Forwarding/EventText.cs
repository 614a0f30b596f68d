namespace Gateway.Forwarding;

/// <summary>Where the one text of an event stands that is written as it is, without an escape. The default is none.</summary>
/// <param name="Start">Behind its first quote.</param>
/// <param name="End">Of its last quote.</param>
/// <param name="Channel">Texts of one channel continue each other.</param>
internal readonly record struct EventText(int Start, int End, int Channel)
{
    public bool IsThere => Start > 0;
}
