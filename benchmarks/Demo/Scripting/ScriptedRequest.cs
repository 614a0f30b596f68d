using System.Globalization;

namespace Demo.Scripting;

/// <summary>One request that will be sent.</summary>
/// <param name="Name">Its name everywhere: request id, nonce and row.</param>
/// <param name="Tier">The port it is sent to.</param>
/// <param name="IsStream">The caller reads word by word.</param>
/// <param name="At">When it is sent, from the start of the show.</param>
/// <param name="FirstToken">How long the server thinks before the first word.</param>
/// <param name="Tokens">Length of the answer, in words.</param>
internal sealed record ScriptedRequest(string Name, Tier Tier, bool IsStream, TimeSpan At, TimeSpan FirstToken, int Tokens)
{
    /// <summary>The server's pace; slow enough to watch.</summary>
    public const int TokensPerSecond = 10;

    public string Kind => IsStream ? "stream" : "plain";

    /// <summary>The simulator reads what to do from the model's name, so that the request itself is like any other.</summary>
    public string Model => string.Create(
        CultureInfo.InvariantCulture, $"sim:ttft={FirstToken.TotalMilliseconds:0},tokens={Tokens},tps={TokensPerSecond}");
}
