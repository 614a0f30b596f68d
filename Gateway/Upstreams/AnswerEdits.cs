using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Upstreams;

/// <summary>What to edit in an answer that is JSON or an event stream of it.</summary>
/// <param name="Model">What to put in the place of the upstream's name of the model, as JSON text; empty to leave that as it is.</param>
/// <param name="FloatsToBase64">Turn the vectors of an embeddings answer into base64.</param>
/// <param name="HidesUsage">Take out the event with the usage: the caller did not ask for it, the gateway did.</param>
internal sealed record AnswerEdits(ReadOnlyMemory<byte> Model, bool FloatsToBase64, bool HidesUsage = false)
{
    /// <summary>What is left to edit in the single events, or in an answer that is none.</summary>
    public bool EditsValues => !Model.IsEmpty || FloatsToBase64;

    /// <summary>A text as JSON, with its quotes.</summary>
    public static ReadOnlyMemory<byte> JsonText(string text) =>
        Encoding.UTF8.GetBytes($"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"");
}
