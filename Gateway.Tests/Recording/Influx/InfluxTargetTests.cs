using Gateway.Configuration;
using Gateway.Recording.Influx;
using Gateway.Tests.Configuration;
using Xunit;

namespace Gateway.Tests.Recording.Influx;

[Trait("req", "P11")]
public class InfluxTargetTests
{
    [Theory]
    [InlineData("http://h:8086", "http://h:8086/api/v2/write?org=openaiorg&bucket=proxybucket&precision=ns")]
    [InlineData("http://h:8086/", "http://h:8086/api/v2/write?org=openaiorg&bucket=proxybucket&precision=ns")]
    [InlineData("https://h/influx", "https://h/influx/api/v2/write?org=openaiorg&bucket=proxybucket&precision=ns")]
    [InlineData("https://h/api/v2/write", "https://h/api/v2/write?org=openaiorg&bucket=proxybucket&precision=ns")]
    [InlineData("http://u:p@h:8086/write", "http://h:8086/write?db=proxybucket&precision=ns")]
    public void AddressOf_Url_IsWhereItsServerTakesPoints(string url, string expected) =>
        Assert.Equal(expected, InfluxTarget.AddressOf(Options(url)).AbsoluteUri);

    [Fact]
    public void AddressOf_NamesWithSigns_StayOneName()
    {
        GatewayOptions options = Options("http://h") with { InfluxOrg = "a & b", InfluxBucket = "c=d?" };

        Assert.Equal("?org=a%20%26%20b&bucket=c%3Dd%3F&precision=ns", InfluxTarget.AddressOf(options).Query);
    }

    [Theory]
    [InlineData("http://h", "t0ken", "Token t0ken")]
    [InlineData("http://u:p%40@h/write", null, "Basic dTpwQA==")]
    [InlineData("http://u:p@h/write", "t0ken", "Token t0ken")]
    [InlineData("http://h", null, null)]
    public void AuthorizationOf_TokenOrUser_IsSent(string url, string? token, string? expected) =>
        Assert.Equal(expected, InfluxTarget.AuthorizationOf(Options(url) with { InfluxToken = token })?.ToString());

    private static GatewayOptions Options(string url) => ConfigurationFolder.LoadJson("{}").Options! with { InfluxdbUrl = url };
}
