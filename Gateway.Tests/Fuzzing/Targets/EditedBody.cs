using System.Text;
using System.Text.Json;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>Compares a body with what was sent of it, member by member.</summary>
internal static class EditedBody
{
    private const string Options = "stream_options";

    public static void AssertSameButForEdits(JsonElement before, JsonElement after, CallEdits edits)
    {
        string[] removed = edits.RemovedParameters?.Split(',') ?? [];
        List<JsonProperty> sent = [.. Members(after)];
        List<JsonProperty> came = [.. Members(before).Where(member => !removed.Contains(member.Name))];
        if (came.Count == sent.Count + 1)
        {
            // Where the URL names the deployment, the body names no model.
            came.RemoveAll(static member => member.Name == "model");
        }

        Assert.Equal(came.Select(static member => member.Name), sent.Select(static member => member.Name));
        foreach ((JsonProperty was, JsonProperty now) in came.Zip(sent))
        {
            string raw = now.Value.GetRawText();
            Assert.True(raw == was.Value.GetRawText() || (was.Name, raw) is ("model", "\"dep\"") or ("encoding_format", "\"float\""), $"{was} became {now}");
        }

        if (edits.Answer is { HidesUsage: true })
        {
            Assert.True(after.GetProperty(Options).GetProperty("include_usage").GetBoolean());
        }
        else
        {
            Assert.Equal(RawOptions(before), RawOptions(after));
        }
    }

    private static IEnumerable<JsonProperty> Members(JsonElement body) => body.EnumerateObject().Where(static member => member.Name != Options);

    private static string RawOptions(JsonElement body)
    {
        var raw = new StringBuilder();
        foreach (JsonProperty member in body.EnumerateObject().Where(static member => member.Name == Options))
        {
            raw.Append(member.Value.GetRawText());
        }

        return raw.ToString();
    }
}
