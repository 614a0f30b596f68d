using System.Text;
using Gateway.Requests;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>A form, its content type in the first line: never an exception; a model that is read stands in it; memory and disk read the same.</summary>
internal sealed class FormTarget : FuzzTarget
{
    private const string Type = "multipart/form-data; boundary=";

    private readonly SegmentPool _segments = new(TimeProvider.System);

    public override string Name => "form";

    public override IReadOnlyList<byte[]> Seeds { get; } = Texts(
    [
        Type + "b\n--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\nContent-Type: audio/mpeg\r\n\r\nID3...\r\n--b--\r\n",
        Type + "\"x y\"\n--x y\r\ncontent-disposition: form-data; name=model\r\n\r\n\r\n--x y--",
        Type + "b\npreamble\r\n--b\r\nContent-Disposition: form-data; name*=utf-8''model; name=\"prompt\"\r\n\r\nx\r\n--b\r\n\r\nno head\r\n--b--\r\nepilogue",
        Type + "\n", "multipart/form-data\n--\r\n", Type + new string('b', 5000) + "\n--" + new string('b', 5000) + "\r\n\r\n",
    ]);

    public override IReadOnlyList<string> Words { get; } =
    [
        "\r\n", "--b\r\n", "--b--", "--b", "Content-Disposition: form-data; name=\"model\"\r\n\r\n", "; boundary=", "; boundary=\"b\"", "; filename=\"m\"", "name=\"model\"", "\"", ";", "=", "\n", "\r",
        "\\\"", "é", "\0", "Content-Transfer-Encoding: base64\r\n", "Content-Disposition: attachment; name=model\r\n",
    ];

    public override IReadOnlyList<string> Reaches => ["no model", "model", "refused"];

    public override async ValueTask<string> TryAsync(byte[] input)
    {
        int line = Array.IndexOf(input, (byte)'\n');
        string type = Encoding.Latin1.GetString(input, 0, Math.Max(0, line));
        byte[] form = input[(line + 1)..];
        (string? model, RequestError? strict) = await ReadAsync(type, form, isStrict: true, isSpilled: false);
        (string? lax, RequestError? error) = await ReadAsync(type, form, isStrict: false, isSpilled: false);
        Assert.Equal((lax, error?.Detail), await SpilledAsync(type, form, isStrict: false));
        Assert.Equal((model, strict?.Detail), await SpilledAsync(type, form, isStrict: true));
        Assert.True(strict is not null || model == lax, "strict and lax read two models");
        if (strict is not null)
        {
            Assert.Equal(Outcome.BodyMalformed, strict.Outcome);
            return "refused";
        }

        Assert.True(model is null || (form.AsSpan().IndexOf(Encoding.UTF8.GetBytes(model)) >= 0 && Encoding.Latin1.GetString(form).Contains("model", StringComparison.OrdinalIgnoreCase)), "a model that is not there");
        return model is null ? "no model" : "model";
    }

    protected override ValueTask StopAsync()
    {
        _segments.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Files are slow: one in sixteen.</summary>
    private async Task<(string? Model, string? Detail)> SpilledAsync(string type, byte[] form, bool isStrict)
    {
        (string? model, RequestError? error) = await ReadAsync(type, form, isStrict, isSpilled: DiceOf(form).Next(16) == 0);
        return (model, error?.Detail);
    }

    private async Task<(string? Model, RequestError? Error)> ReadAsync(string type, byte[] form, bool isStrict, bool isSpilled)
    {
        await using var body = new RequestBody(_segments);
        for (int at = 0; at < form.Length;)
        {
            Memory<byte> room = body.GetMemory(form.Length - at, long.MaxValue);
            int length = Math.Min(room.Length, form.Length - at);
            form.AsMemory(at, length).CopyTo(room);
            body.Advance(length);
            at += length;
        }

        if (isSpilled)
        {
            await body.SpillAsync(CancellationToken.None);
        }

        string? glance = await FormModel.GlanceAsync(body, type);
        Assert.True(glance is null || form.AsSpan().IndexOf(Encoding.UTF8.GetBytes(glance)) >= 0, "a model at an end that is not there");
        (RequestFacts facts, RequestError? error) = await FormModel.ReadAsync(body, type, isStrict);
        Assert.Equal(facts.Model, facts.ModelField is { } field ? Encoding.UTF8.GetString(form, (int)field.Offset, field.Length) : null);
        return (facts.Model, error);
    }
}
