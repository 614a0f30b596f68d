using System.Text.Json;

namespace Gateway.Requests;

/// <summary>Where one top-level member of a JSON body lies, in bytes from the body's beginning.</summary>
/// <param name="Name">Its name, unescaped.</param>
/// <param name="Ordinal">How many members precede it.</param>
/// <param name="KeyStart">The opening quote of its name.</param>
/// <param name="ValueStart">The first byte of its value.</param>
/// <param name="End">Behind its value.</param>
/// <param name="PreviousEnd">Behind the value of the member before it; -1 for the first.</param>
/// <param name="NextStart">The opening quote of the next member's name; -1 for the last.</param>
/// <param name="Value">What its value is; the first token of an object or an array.</param>
internal sealed record BodyMember(
    string Name, int Ordinal, long KeyStart, long ValueStart, long End, long PreviousEnd, long NextStart, JsonTokenType Value);
