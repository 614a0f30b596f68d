using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Tokenization;

namespace Tokens;

/// <summary>A vocabulary as it was published, and the making of the gateway's own file from it.</summary>
internal sealed class PublishedVocabulary
{
    /// <summary>The vocabularies, and the SHA-256 of the files that OpenAI published.</summary>
    public static readonly IReadOnlyDictionary<string, string> Digests = new Dictionary<string, string>
    {
        ["o200k_base"] = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
        ["cl100k_base"] = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    };

    private readonly List<byte[]> _tokens = [];
    private readonly Dictionary<string, int> _ranks = [];

    private PublishedVocabulary(string[] lines)
    {
        foreach (string line in lines)
        {
            string[] parts = line.Split(' ');
            byte[] token = Convert.FromBase64String(parts[0]);
            if (int.Parse(parts[1], CultureInfo.InvariantCulture) != _tokens.Count || token.Length > Vocabulary.MaxTokenBytes)
            {
                throw new InvalidDataException($"Not as expected: {line}");
            }

            _ranks.Add(Encoding.Latin1.GetString(token), _tokens.Count);
            _tokens.Add(token);
        }
    }

    /// <exception cref="InvalidDataException">It is not the file that was published.</exception>
    public static PublishedVocabulary Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        string expected = Digests[Path.GetFileNameWithoutExtension(path)];
        if (Convert.ToHexStringLower(SHA256.HashData(file)) != expected)
        {
            throw new InvalidDataException($"{path} has not the published SHA-256, {expected}.");
        }

        return new PublishedVocabulary(Encoding.ASCII.GetString(file).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <exception cref="InvalidDataException">A token is not made by merges of tokens of smaller rank: the counting relies on it.</exception>
    public VocabularyFile ToFile()
    {
        var nodes = new HashSet<string>();
        byte[] splits = new byte[_tokens.Count];
        for (int rank = 0; rank < _tokens.Count; rank++)
        {
            string token = Encoding.Latin1.GetString(_tokens[rank]);
            for (int length = 1; length <= token.Length; length++)
            {
                nodes.Add(token[..length]);
            }

            splits[rank] = token.Length == 1 ? (byte)0 : Split(token, rank);
        }

        return new VocabularyFile(nodes.Count, [.. _tokens.Select(static token => (byte)token.Length)], splits, [.. _tokens.SelectMany(static token => token)]);
    }

    /// <summary>Makes all merges but the last, lowest rank first.</summary>
    private byte Split(string token, int rank)
    {
        List<string> parts = [.. token.Select(static c => c.ToString())];
        while (parts.Count > 2)
        {
            int best = -1;
            int bestRank = rank;
            for (int i = 0; i + 1 < parts.Count; i++)
            {
                if (_ranks.TryGetValue(parts[i] + parts[i + 1], out int merged) && merged < bestRank)
                {
                    (best, bestRank) = (i, merged);
                }
            }

            if (best < 0)
            {
                break;
            }

            parts[best] += parts[best + 1];
            parts.RemoveAt(best + 1);
        }

        if (parts.Count != 2 || _ranks[parts[0]] >= rank || _ranks[parts[1]] >= rank)
        {
            throw new InvalidDataException($"Token {rank} is not made by merges.");
        }

        return (byte)parts[0].Length;
    }
}
