using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Configuration;

namespace Gateway.Management.Protection;

/// <summary>
/// The admin token, and the sessions of browsers that have shown it. A session is a date and a code made from the token: nothing is kept of it,
/// and all of them end when the token changes.
/// </summary>
internal sealed class AdminToken(string token)
{
    /// <summary>A working day, so that nobody signs in twice in one.</summary>
    public static readonly TimeSpan SessionLife = TimeSpan.FromHours(12);

    private readonly KeyDigest _digest = KeyDigest.Of(token);

    /// <summary>Under a label of its own, so that no other use of the token can ever be mistaken for a session.</summary>
    private readonly byte[] _sessionKey = HMACSHA256.HashData(Encoding.UTF8.GetBytes(token), "gateway dashboard session"u8);

    public bool Matches(string sent) => KeyDigest.Of(sent).FixedTimeEquals(_digest);

    /// <summary>A session that begins now, as its cookie holds it.</summary>
    public string BeginSession(DateTimeOffset now)
    {
        string end = (now + SessionLife).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"{end}.{CodeOf(end)}";
    }

    public bool IsSession(string cookie, DateTimeOffset now)
    {
        int dot = cookie.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
        {
            return false;
        }

        string end = cookie[..dot];
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(CodeOf(end)), Encoding.UTF8.GetBytes(cookie[(dot + 1)..]))
            && long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            && now.ToUnixTimeSeconds() < seconds;
    }

    private string CodeOf(string end) => Convert.ToHexStringLower(HMACSHA256.HashData(_sessionKey, Encoding.UTF8.GetBytes(end)));
}
