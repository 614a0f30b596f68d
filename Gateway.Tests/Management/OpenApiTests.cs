using System.Net;
using System.Text.Json;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Management;

[Trait("req", "A7")]
[Trait("req", "A8")]
public class OpenApiTests
{
    private static readonly string[] Right = [$"X-Admin-Token: {AdminRig.Token}"];

    [Fact]
    public async Task Document_Routes_AreExactlyTheManagementRoutes()
    {
        await using Rig rig = await Rig.StartAsync();
        JsonElement document = await rig.AdminJsonAsync("GET", "/admin/openapi.json");

        IEnumerable<string> described = document.GetProperty("paths").EnumerateObject().SelectMany(static path =>
            path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}"));
        IEnumerable<string> mapped = rig.Gateway.Routes().Where(static route => !AdminRig.IsHealth(route.Path))
            .Select(static route => $"{route.Method} {route.Pattern}");

        Assert.Equal(mapped.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Document_EveryOperation_IsWholeAndItsReferencesResolve()
    {
        await using Rig rig = await Rig.StartAsync();
        JsonElement document = await rig.AdminJsonAsync("GET", "/admin/openapi.json");

        Assert.Equal("3.1.0", document.GetProperty("openapi").GetString());
        Assert.All(["title", "version"], name => Assert.NotEqual("", document.GetProperty("info").GetProperty(name).GetString()));
        JsonProperty[] operations = [.. document.GetProperty("paths").EnumerateObject().SelectMany(static path => path.Value.EnumerateObject())];
        string[] ids = [.. operations.Select(static operation => operation.Value.GetProperty("operationId").GetString()!)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        foreach (JsonProperty path in document.GetProperty("paths").EnumerateObject())
        {
            string[] inPath = [.. path.Name.Split('/').Where(static part => part.StartsWith('{')).Select(static part => part.Trim('{', '}'))];
            foreach (JsonProperty operation in path.Value.EnumerateObject())
            {
                string[] described = operation.Value.TryGetProperty("parameters", out JsonElement parameters)
                    ? [.. parameters.EnumerateArray().Where(static p => p.GetProperty("in").GetString() == "path").Select(static p => p.GetProperty("name").GetString()!)]
                    : [];
                Assert.Equal(inPath, described);
                JsonElement responses = operation.Value.GetProperty("responses");
                Assert.All(["401", "403"], status => Assert.True(responses.TryGetProperty(status, out _)));
                Assert.All(responses.EnumerateObject(), static response => Assert.NotEqual("", response.Value.GetProperty("description").GetString()));
            }
        }

        JsonElement schemas = document.GetProperty("components").GetProperty("schemas");
        string[] references = [.. References(document)];
        Assert.True(references.Length > operations.Length);
        Assert.All(references, reference => Assert.True(schemas.TryGetProperty(reference.Replace("#/components/schemas/", "", StringComparison.Ordinal), out _), reference));
    }

    [Fact]
    public async Task Document_SettingsAndAnswers_AreThoseOfTheCode()
    {
        await using Rig rig = await Rig.StartAsync();
        JsonElement schemas = (await rig.AdminJsonAsync("GET", "/admin/openapi.json")).GetProperty("components").GetProperty("schemas");

        JsonElement settings = schemas.GetProperty("InstanceSettings").GetProperty("properties");
        Assert.Equal(1000, settings.GetProperty("weight").GetProperty("maximum").GetInt32());
        Assert.Equal("""["integer","null"]""", settings.GetProperty("max_tpm").GetProperty("type").GetRawText());
        Assert.Equal("boolean", settings.GetProperty("enabled").GetProperty("type").GetString());
        JsonElement row = schemas.GetProperty("InstancesAnswer").GetProperty("properties").GetProperty("instances").GetProperty("additionalProperties").GetProperty("properties");
        Assert.Contains("max_tpm", row.GetProperty("utilization_percent").GetProperty("description").GetString(), StringComparison.Ordinal);
        JsonElement answer = await rig.AdminJsonAsync("GET", "/admin/instances");
        Assert.Equal(row.Names(), answer.GetProperty("instances").GetProperty("default").Names());
        Assert.Contains("disabled", row.GetProperty("status").GetProperty("enum").EnumerateArray().Select(static word => word.GetString()));
    }

    [Fact]
    public async Task Document_TokenConfigured_IsProtectedAsWell()
    {
        await using Rig rig = await Rig.StartAsync(configure: AdminRig.WithCanaries);

        Assert.Equal(401, (await rig.AdminErrorAsync("GET", "/admin/openapi.json")).Status);
        await rig.AdminJsonAsync("GET", "/admin/openapi.json", null, HttpStatusCode.OK, Right);
    }

    private static IEnumerable<string> References(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().SelectMany(static field => field.NameEquals("$ref") ? [field.Value.GetString()!] : References(field.Value)),
        JsonValueKind.Array => json.EnumerateArray().SelectMany(References),
        _ => [],
    };
}
