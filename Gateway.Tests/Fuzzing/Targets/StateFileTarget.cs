using System.Security.Cryptography;
using Gateway.Recording.Usage;
using Gateway.Tests.Recording.Usage;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>The state file, damaged, and damaged with a right checksum: never an exception; what is taken over can be saved and read again.</summary>
internal sealed class StateFileTarget : FuzzTarget
{
    private static readonly DateTimeOffset Now = UsageRecords.Start.AddHours(30);

    /// <summary>Not by dice, so that the same seed makes the same inputs.</summary>
    private static readonly Guid Id = new("0a0b0c0d-0e0f-1011-1213-141516171819");

    public override string Name => "state-file";

    public override int ShortInputs => 1500;

    public override IReadOnlyList<byte[]> Seeds { get; } = [UsageState.Encode(Sample(), Now), UsageState.Encode(new UsageHistory { Id = Id }, Now), [], "GWUS\u0001"u8.ToArray()];

    public override IReadOnlyList<string> Words { get; } = ["GWUS", "GWUS\u0001", "GWUS\u0002", "\0", "\u007f", "default", "gpt-4"];

    public override IReadOnlyList<string> Reaches => ["refused", "read"];

    public override ValueTask<string> TryAsync(byte[] input)
    {
        bool isRead = Read(input);
        int end = Math.Max(0, input.Length - SHA256.HashSizeInBytes);
        byte[] signed = [.. input.AsSpan(0, end), .. SHA256.HashData(input.AsSpan(0, end))];
        return new(isRead | Read(signed) ? "read" : "refused");
    }

    private static UsageHistory Sample()
    {
        var history = new UsageHistory { Id = Id };
        foreach (DateTimeOffset at in (DateTimeOffset[])[UsageRecords.Start, Now.AddHours(-23), Now, Now])
        {
            history.Write(UsageRecords.Answered(at));
        }

        return history;
    }

    private static bool Read(byte[] file)
    {
        var history = new UsageHistory();
        if (!UsageState.TryDecode(file, history, Now))
        {
            return false;
        }

        byte[] saved = UsageState.Encode(history, Now);
        var again = new UsageHistory();
        Assert.True(UsageState.TryDecode(saved, again, Now), "what was read and saved cannot be read");
        Assert.Equal(history.Id, again.Id);
        Assert.Equal(saved, UsageState.Encode(again, Now));
        return true;
    }
}
