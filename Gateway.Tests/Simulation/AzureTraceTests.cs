using Load.Replay;
using Xunit;

namespace Gateway.Tests.Simulation;

public class AzureTraceTests
{
    private static readonly string GoodRow = TraceFolder.Row(1.5, 4_808, 10);

    [Fact]
    public void Read_BothFiles_GivesTheirRows()
    {
        using TraceFolder folder = new TraceFolder()
            .Write(AzureTrace.CodeFile, TraceFolder.Header, "2023-11-16 18:17:03.9799600,4808,10")
            .Write(AzureTrace.ConversationFile, TraceFolder.Header, "2023-11-16 18:17:04,374,44", GoodRow);

        AzureTrace trace = AzureTrace.Read(folder.Path);

        TraceRow code = Assert.Single(trace.Code);
        Assert.Equal(new TraceRow(new DateTime(2023, 11, 16, 18, 17, 3).Ticks + 9_799_600, 4_808, 10), code);
        Assert.Equal(2, trace.Conversation.Count);
    }

    [Theory]
    [InlineData("no header at all", "line 1")]
    [InlineData(TraceFolder.Header + "\nyesterday,1,2", "line 2")]
    [InlineData(TraceFolder.Header + "\n2023-11-16 18:17:03.9799600,1,-2", "line 2")]
    [InlineData(TraceFolder.Header + "\n2023-11-16 18:17:03.9799600,1", "line 2")]
    [InlineData(TraceFolder.Header + "\n2023-11-16 18:17:03.9799600,1,2,3", "line 2")]
    [InlineData(TraceFolder.Header + "\n2023-11-16 18:17:03.9799600,1,99999999999", "line 2")]
    [InlineData(TraceFolder.Header, "no request")]
    [InlineData("", "no request")]
    public void Read_UnusableFile_NamesTheFileAndWhatIsWrong(string content, string complaint)
    {
        using TraceFolder folder = new TraceFolder()
            .Write(AzureTrace.CodeFile, TraceFolder.Header, GoodRow)
            .Write(AzureTrace.ConversationFile, content.Length == 0 ? [] : content.Split('\n'));

        TraceException e = Assert.Throws<TraceException>(() => AzureTrace.Read(folder.Path));

        Assert.Contains(AzureTrace.ConversationFile, e.Message, StringComparison.Ordinal);
        Assert.Contains(complaint, e.Message, StringComparison.Ordinal);
    }
}
