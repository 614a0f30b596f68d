namespace Gateway.Requests;

/// <summary>One edit of a body that is otherwise sent as it came: other bytes in the place of a range.</summary>
/// <param name="Offset">Where the range begins.</param>
/// <param name="Length">Bytes that are left out.</param>
/// <param name="Replacement">Bytes that are sent instead; may be empty.</param>
internal readonly record struct BodySplice(long Offset, long Length, ReadOnlyMemory<byte> Replacement)
{
    public long End => Offset + Length;

    /// <summary>Other bytes for a member's value.</summary>
    public static BodySplice Replace(BodyMember member, ReadOnlyMemory<byte> value) =>
        new(member.ValueStart, member.End - member.ValueStart, value);

    /// <summary>
    /// Takes members out so that the rest is still JSON: each with the comma before it, or, where no member that stays precedes it, with
    /// the comma behind it.
    /// </summary>
    /// <param name="members">In the order of the body, each once.</param>
    public static IEnumerable<BodySplice> Remove(IReadOnlyList<BodyMember> members)
    {
        for (int i = 0; i < members.Count; i++)
        {
            BodyMember member = members[i];
            bool staysBefore = member.Ordinal > i;
            long start = staysBefore ? member.PreviousEnd : member.KeyStart;
            long end = staysBefore || member.NextStart < 0 ? member.End : member.NextStart;
            yield return new BodySplice(start, end - start, default);
        }
    }

    /// <summary>How long a body is with its edits.</summary>
    public static long LengthWith(long length, IReadOnlyList<BodySplice> splices)
    {
        foreach (BodySplice splice in splices)
        {
            length += splice.Replacement.Length - splice.Length;
        }

        return length;
    }
}
