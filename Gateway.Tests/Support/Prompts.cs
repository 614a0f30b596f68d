using System.Text;
using Gateway.Requests;
using Gateway.Tokenization;
using Xunit;

namespace Gateway.Tests.Support;

/// <summary>What the prompt of a body counts for.</summary>
internal static class Prompts
{
    public static long Of(string path, string body)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        using var pool = new SegmentPool(TimeProvider.System);
        var kept = new RequestBody(pool);
        bytes.CopyTo(kept.GetMemory(bytes.Length, long.MaxValue));
        kept.Advance(bytes.Length);
        Assert.Null(RequestScan.TryRead(kept.AsSequence(), out RequestFacts facts));
        return PromptTokens.Of(new ApiRequest(path, "", kept, facts));
    }
}
