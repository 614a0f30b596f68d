using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

[Trait("req", "A1")]
public class KeyTests
{
    public static TheoryData<string> Paths => new(KeyCases.All.Select(c => c.Path));

    [Fact]
    public void Cases_AllKnownKeys_HaveGoodAndBadValues()
    {
        string[] known = [.. KnownKeys.Root.Walk().Select(key => key.Path).Order(StringComparer.Ordinal)];
        string[] covered = [.. KeyCases.All.Where(c => c.Good.Length > 0 && c.Bad.Length > 0).Select(c => c.Path).Order(StringComparer.Ordinal)];

        Assert.Equal(known, covered);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Load_GoodValue_IsTaken(string path)
    {
        foreach (string good in KeyCases.All.Single(c => c.Path == path).Good)
        {
            (string json, string _) = KeyCases.Document(path, good);
            LoadResult result = ConfigurationFolder.LoadJson(json);

            Assert.True(result.IsValid, $"{json}: {string.Join("; ", result.Errors)}");
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Load_BadValue_NamesTheKeyAndTheFix(string path)
    {
        foreach (string bad in KeyCases.All.Single(c => c.Path == path).Bad)
        {
            (string json, string where) = KeyCases.Document(path, bad);
            LoadResult result = ConfigurationFolder.LoadJson(json);

            Assert.True(result.Errors.Count == 1, $"{json}: {string.Join("; ", result.Errors)}");
            Assert.StartsWith(where, result.Errors[0].Key, StringComparison.Ordinal);
            Assert.True(result.Errors[0].Fix.Length > 0, json);
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Load_MisspeltKey_NamesTheNearest(string path)
    {
        (string json, string where) = KeyCases.Document(path, "1");
        string name = path.Split('.')[^1].Replace("[]", "", StringComparison.Ordinal);
        string misspelt = name[..^2] + name[^1] + name[^2];
        if (misspelt == name)
        {
            misspelt += "x";
        }

        LoadResult result = ConfigurationFolder.LoadJson(json.Replace($"\"{name}\"", $"\"{misspelt}\"", StringComparison.Ordinal));

        ConfigurationError error = Assert.Single(result.Errors, e => e.Message.StartsWith("is not a known key", StringComparison.Ordinal));
        Assert.Contains($"\"{where}\"", error.Fix, StringComparison.Ordinal);
    }
}
