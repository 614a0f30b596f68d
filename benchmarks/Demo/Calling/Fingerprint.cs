using System.Text.Json;
using Demo.Scripting;

namespace Demo.Calling;

/// <summary>The simulator signs each answer with the <c>user</c> of the request it answers.</summary>
internal static class Fingerprint
{
    public const string Foreign = "answers somebody else's request";

    public static bool IsOf(JsonElement answer, ScriptedRequest request) =>
        answer.GetProperty("system_fingerprint").GetString() == "fp_" + request.Name;
}
