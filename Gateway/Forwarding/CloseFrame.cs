using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Gateway.Requests;

namespace Gateway.Forwarding;

/// <summary>The goodbye of a WebSocket that the gateway ends itself (RFC 6455, 5.5.1).</summary>
internal static class CloseFrame
{
    private const byte FinalClose = 0x88;
    private const byte Masked = 0x80;
    private const int MaskLength = 4;

    /// <summary>"Going away": the one status that every client library knows of those that fit.</summary>
    private const ushort GoingAway = 1001;

    /// <param name="outcome">Why it ends.</param>
    /// <param name="toServer">What a client sends is masked, what a server sends is not.</param>
    public static byte[] Of(Outcome outcome, bool toServer)
    {
        byte[] reason = Encoding.UTF8.GetBytes(ReasonOf(outcome));
        byte[] payload = new byte[sizeof(ushort) + reason.Length];
        BinaryPrimitives.WriteUInt16BigEndian(payload, GoingAway);
        reason.CopyTo(payload, sizeof(ushort));
        if (!toServer)
        {
            return [FinalClose, (byte)payload.Length, .. payload];
        }

        byte[] mask = RandomNumberGenerator.GetBytes(MaskLength);
        for (int i = 0; i < payload.Length; i++)
        {
            payload[i] ^= mask[i % MaskLength];
        }

        return [FinalClose, (byte)(Masked | payload.Length), .. mask, .. payload];
    }

    /// <summary>At most 123 bytes.</summary>
    private static string ReasonOf(Outcome outcome) => outcome switch
    {
        Outcome.UpstreamIdleTimeout => "Nothing was sent for too long (timeouts.idle).",
        Outcome.UpstreamTotalTimeout => "The session took longer than allowed (timeouts.total).",
        _ => "The gateway is shutting down.",
    };
}
