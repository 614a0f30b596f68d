namespace Gateway.Tokenization;

/// <summary>What the patterns tell characters apart by.</summary>
[Flags]
internal enum CharClass : byte
{
    /// <summary>None of the others: punctuation, symbols, controls, unassigned.</summary>
    Other = 0,

    /// <summary>Upper or title case.</summary>
    Upper = 1,

    /// <summary>Lower case.</summary>
    Lower = 2,

    /// <summary>A letter without case.</summary>
    Uncased = 4,

    /// <summary>Combining.</summary>
    Mark = 8,

    Number = 16,

    /// <summary>White space.</summary>
    Space = 32,

    /// <summary>Carriage return or line feed; always with <see cref="Space"/>.</summary>
    NewLine = 64,

    Letter = Upper | Lower | Uncased,

    /// <summary>What may stand at a word's beginning, as o200k sees words.</summary>
    Head = Upper | Uncased | Mark,

    /// <summary>What may stand at a word's end, as o200k sees words.</summary>
    Tail = Lower | Uncased | Mark,
}
