using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Configuration;

namespace Gateway.Management.Protection;

/// <summary>
/// The admin token, and the sessions of browsers that have shown it. A session is a date, a number and a code made from the token: nothing
/// is kept of it, and all of them end when the token changes.
/// </summary>
internal sealed class AdminToken(string token)
{
    /// <summary>A working day, so that nobody signs in twice in one.</summary>
    public static readonly TimeSpan SessionLife = TimeSpan.FromHours(12);

    /// <summary>Tells sessions apart that began in the same second, so that one can be ended without the other.</summary>
    private const int IdLength = 32;

    private readonly KeyDigest _digest = KeyDigest.Of(token);

    /// <summary>Under a label of its own, so that no other use of the token can ever be mistaken for a session.</summary>
    private readonly byte[] _sessionKey = HMACSHA256.HashData(Encoding.UTF8.GetBytes(token), "gateway dashboard session"u8);

    public bool Matches(string sent) => KeyDigest.Of(sent).FixedTimeEquals(_digest);

    /// <summary>A session that begins now, as its cookie holds it.</summary>
    public string BeginSession(DateTimeOffset now)
    {
        string end = (now + SessionLife).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        string session = $"{end}.{RandomNumberGenerator.GetHexString(IdLength, lowercase: true)}";
        return $"{session}.{CodeOf(session)}";
    }

    public bool IsSession(string cookie, DateTimeOffset now) =>
        cookie.Split('.') is [var end, var id, var code]
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(CodeOf($"{end}.{id}")), Encoding.UTF8.GetBytes(code))
            && long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            && now.ToUnixTimeSeconds() < seconds;

    private string CodeOf(string session) => Convert.ToHexStringLower(HMACSHA256.HashData(_sessionKey, Encoding.UTF8.GetBytes(session)));
}
