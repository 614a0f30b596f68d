using System.Buffers;

namespace Gateway.Requests;

/// <summary>
/// A prompt's length in tokens, for limits on it, as far as bytes can tell. Until the exact count is there, a guess that refuses nothing
/// wrongly is worth more than a sharp one.
/// </summary>
internal static class PromptGuess
{
    /// <summary>The estimate; zero where bytes tell nothing: inline pictures and sounds, and embeddings, whose inputs have a limit each.</summary>
    public static long Of(ApiRequest request, long estimate) =>
        estimate == 0 || request.Path.AsSpan().TrimEnd('/') is "/embeddings"
        || Holds(request.Body.AsSequence(), ";base64,"u8) || Holds(request.Body.AsSequence(), "\"input_audio\""u8)
            ? 0
            : estimate;

    private static bool Holds(in ReadOnlySequence<byte> body, ReadOnlySpan<byte> word) =>
        body.IsSingleSegment
            ? body.FirstSpan.IndexOf(word) >= 0
            : new SequenceReader<byte>(body).TryReadTo(out ReadOnlySequence<byte> _, word);
}
