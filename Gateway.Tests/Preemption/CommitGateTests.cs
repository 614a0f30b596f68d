using Gateway.Scheduling;
using Xunit;

namespace Gateway.Tests.Preemption;

/// <summary>Commit and revoke linearise: exactly one wins, and the loser knows (I12).</summary>
public sealed class CommitGateTests
{
    private const int Gates = 300_000;

    [Fact]
    public void TryCommit_Twice_MayWriteBothTimesButCommitsOnce()
    {
        var gate = new CommitGate();

        Assert.True(gate.TryCommit(out bool mayWrite) && mayWrite);
        Assert.False(gate.TryCommit(out mayWrite));
        Assert.True(mayWrite);
        Assert.False(gate.TryRevoke());
        Assert.False(gate.IsRevoked);
    }

    [Fact]
    public void TryCommit_AfterRevoke_MayNotWrite()
    {
        var gate = new CommitGate();

        Assert.True(gate.TryRevoke());
        Assert.False(gate.TryCommit(out bool mayWrite));
        Assert.False(mayWrite);
        Assert.True(gate.IsRevoked);
    }

    [Fact]
    [Trait("inv", "I12")]
    public async Task TryCommitAndTryRevoke_OnTwoThreads_ExactlyOneWins()
    {
        var gates = new CommitGate[Gates];
        bool[] mayWrite = new bool[Gates], revoked = new bool[Gates];
        using var start = new Barrier(2);
        Task committer = Task.Run(() => EachInChunks(start, i => gates[i].TryCommit(out mayWrite[i])), TestContext.Current.CancellationToken);
        Task revoker = Task.Run(() => EachInChunks(start, i => revoked[i] = gates[i].TryRevoke()), TestContext.Current.CancellationToken);

        await Task.WhenAll(committer, revoker).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        Assert.DoesNotContain(Enumerable.Range(0, Gates), i => mayWrite[i] == revoked[i]);
        Assert.Contains(true, mayWrite);
        Assert.Contains(true, revoked);
    }

    /// <summary>Both threads start each chunk together, so that they meet in it somewhere.</summary>
    private static void EachInChunks(Barrier start, Action<int> act)
    {
        const int Chunk = 1000;
        for (int first = 0; first < Gates; first += Chunk)
        {
            start.SignalAndWait(TimeSpan.FromSeconds(30));
            for (int i = first; i < first + Chunk; i++)
            {
                act(i);
            }
        }
    }
}
