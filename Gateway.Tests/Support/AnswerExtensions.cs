using System.Text.Json;

namespace Gateway.Tests.Support;

/// <summary>Reads answers of the OpenAI API.</summary>
internal static class AnswerExtensions
{
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage answer) =>
        JsonElement.Parse(await answer.Content.ReadAsStringAsync(SimulatorFixture.Cancel));

    /// <summary>The data of every event of a stream.</summary>
    public static async Task<string[]> EventsAsync(this HttpResponseMessage answer)
    {
        string text = await answer.Content.ReadAsStringAsync(SimulatorFixture.Cancel);
        return [.. text.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => line["data: ".Length..])];
    }

    public static string Header(this HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(",", values) : "";

    public static int Usage(this JsonElement answer, string name) => answer.GetProperty("usage").GetProperty(name).GetInt32();
}
