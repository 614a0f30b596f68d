using Demo.Calling;
using Demo.Scripting;

namespace Demo.Observing;

/// <summary>One request, seen from both sides of the gateway: by its caller, and by the server.</summary>
internal sealed record Row(ScriptedRequest Request, CallerView Caller, IReadOnlyList<ServerCall> Calls);
