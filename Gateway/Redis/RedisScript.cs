using System.Security.Cryptography;
using System.Text;

namespace Gateway.Redis;

/// <summary>A Lua script: one atomic operation of the server. Sent by its hash, and whole to a server that does not know it yet.</summary>
internal sealed class RedisScript(string text)
{
    public string Text { get; } = text;

    /// <summary>The name that Redis gives it. No secret depends on it.</summary>
#pragma warning disable CA5350 // EVALSHA takes SHA-1 and nothing else.
    public byte[] Hash { get; } = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
}
