namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>Bytes that arrive in pieces.</summary>
/// <param name="bytes">All of them.</param>
/// <param name="most">How many at once.</param>
internal sealed class PieceStream(byte[] bytes, int most) : MemoryStream(bytes)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(buffer.Length, most)], cancellationToken);
}
