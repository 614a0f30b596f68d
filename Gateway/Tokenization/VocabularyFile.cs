using System.Buffers.Binary;
using System.IO.Compression;

namespace Gateway.Tokenization;

/// <summary>
/// A vocabulary as it is stored: brotli over the numbers of tokens, trie nodes and bytes, then, by token in the order of rank, all
/// lengths, all split points (bytes of the left half that the token is merged from; 0 for none) and all bytes.
/// </summary>
/// <param name="Nodes">Nodes of a trie of the tokens.</param>
/// <param name="Lengths">Bytes of each token.</param>
/// <param name="Splits">Bytes of each token's left half.</param>
/// <param name="Bytes">All tokens, one behind the other.</param>
internal sealed record VocabularyFile(int Nodes, byte[] Lengths, byte[] Splits, byte[] Bytes)
{
    private const int HeaderBytes = 12;

    /// <param name="name">Of the vocabulary: <c>o200k_base</c>.</param>
    public static VocabularyFile ReadResource(string name)
    {
        using Stream resource = typeof(VocabularyFile).Assembly.GetManifestResourceStream($"{name}.br")
            ?? throw new InvalidOperationException($"The vocabulary {name} is not in this build.");
        return Read(resource);
    }

    public static VocabularyFile Read(Stream compressed)
    {
        using var brotli = new BrotliStream(compressed, CompressionMode.Decompress, leaveOpen: true);
        Span<byte> header = stackalloc byte[HeaderBytes];
        brotli.ReadExactly(header);
        int tokens = BinaryPrimitives.ReadInt32LittleEndian(header);
        var file = new VocabularyFile(
            BinaryPrimitives.ReadInt32LittleEndian(header[4..]), new byte[tokens], new byte[tokens],
            new byte[BinaryPrimitives.ReadInt32LittleEndian(header[8..])]);
        brotli.ReadExactly(file.Lengths);
        brotli.ReadExactly(file.Splits);
        brotli.ReadExactly(file.Bytes);
        return file;
    }

    public void Write(Stream destination)
    {
        using var brotli = new BrotliStream(destination, CompressionLevel.SmallestSize, leaveOpen: true);
        Span<byte> header = stackalloc byte[HeaderBytes];
        BinaryPrimitives.WriteInt32LittleEndian(header, Lengths.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], Nodes);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Bytes.Length);
        brotli.Write(header);
        brotli.Write(Lengths);
        brotli.Write(Splits);
        brotli.Write(Bytes);
    }
}
