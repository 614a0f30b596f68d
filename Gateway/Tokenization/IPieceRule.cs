namespace Gateway.Tokenization;

/// <summary>How a vocabulary cuts text into pieces that are encoded on their own.</summary>
internal interface IPieceRule
{
    /// <summary>The end of the piece that begins at <paramref name="start"/>.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="start">Within the text.</param>
    static abstract int End(ReadOnlySpan<byte> text, int start);
}
