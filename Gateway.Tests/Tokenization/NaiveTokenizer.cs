using System.Text;
using System.Text.RegularExpressions;
using Gateway.Tokenization;

namespace Gateway.Tests.Tokenization;

/// <summary>The definition, word for word: the published pattern, then always the merge of the lowest rank. Characters of the basic plane only.</summary>
internal sealed class NaiveTokenizer
{
    private const string Cl100k =
        @"'(?i:[sdmt\u017F]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";
    private const string Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";
    private const string Contraction = @"(?i:'s|'\u017F|'t|'re|'ve|'m|'ll|'d)?";

    private const string O200k =
        $@"[^\r\n\p{{L}}\p{{N}}]?{Upper}*{Lower}+{Contraction}|[^\r\n\p{{L}}\p{{N}}]?{Upper}+{Lower}*{Contraction}"
        + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private readonly Dictionary<string, int> _ranks = [];
    private readonly Regex _pieces;

    public NaiveTokenizer(string name)
    {
        VocabularyFile file = VocabularyFile.ReadResource(name);
        int at = 0;
        for (int rank = 0; rank < file.Lengths.Length; rank++)
        {
            _ranks.Add(Encoding.Latin1.GetString(file.Bytes, at, file.Lengths[rank]), rank);
            at += file.Lengths[rank];
        }

        _pieces = new Regex(name == "o200k_base" ? O200k : Cl100k, RegexOptions.CultureInvariant);
    }

    public int Count(string text) =>
        _pieces.Matches(text).Sum(piece => CountPiece(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(piece.Value))));

    private int CountPiece(string piece)
    {
        List<string> parts = [.. piece.Select(static c => c.ToString())];
        if (_ranks.ContainsKey(piece))
        {
            return 1;
        }

        while (true)
        {
            int best = -1;
            int bestRank = int.MaxValue;
            for (int i = 0; i + 1 < parts.Count; i++)
            {
                if (_ranks.TryGetValue(parts[i] + parts[i + 1], out int rank) && rank < bestRank)
                {
                    (best, bestRank) = (i, rank);
                }
            }

            if (best < 0)
            {
                return parts.Count;
            }

            parts[best] += parts[best + 1];
            parts.RemoveAt(best + 1);
        }
    }
}
