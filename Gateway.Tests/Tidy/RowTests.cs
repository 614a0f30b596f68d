using Xunit;

namespace Gateway.Tests.Tidy;

/// <summary>
/// No promise without a test, no test for a row that is not there. With GATEWAY_ROWS set to a path the table is left there
/// (<c>make requirements</c>).
/// </summary>
public class RowTests
{
    [Fact]
    public void Rows_All_HaveATestAndEveryTraitARow()
    {
        var table = new RowTable(typeof(RowTests).Assembly.GetTypes(), Rows.Lists);
        if (Environment.GetEnvironmentVariable("GATEWAY_ROWS") is { } path)
        {
            File.WriteAllText(path, table.ToString());
        }

        string wrong = string.Join('\n', table.Wrong());
        Assert.True(wrong.Length == 0, wrong);
    }

    [Fact]
    [Trait("category", "rows")]
    public void Wrong_RowMissingUnknownOrTwice_SaysWhich()
    {
        IEnumerable<string> Wrong(params Row[] rows) =>
            new RowTable([typeof(RowTests)], new Dictionary<string, IReadOnlyList<Row>> { ["category"] = rows }).Wrong();

        Assert.Empty(Wrong(new Row("rows", "this test")));
        Assert.Empty(Wrong(new Row("rows", "this test"), new Row("X1", "elsewhere", "shown elsewhere")));
        Assert.Equal(["category X1 (nobody's) has no test"], Wrong(new Row("rows", "this test"), new Row("X1", "nobody's")));
        Assert.Equal(["category rows is listed twice"], Wrong(new Row("rows", "this test"), new Row("rows", "this test")));
        Assert.Contains("Wrong_RowMissingUnknownOrTwice_SaysWhich names no row", Assert.Single(Wrong()), StringComparison.Ordinal);
    }
}
