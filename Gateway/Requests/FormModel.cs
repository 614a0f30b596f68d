using System.Text;
using Gateway.Configuration;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Gateway.Requests;

/// <summary>Finds the model that a multipart form names, wherever its field stands. The bytes stay as they came.</summary>
internal static class FormModel
{
    private const int MaxNameBytes = 256;
    private const int MaxSections = 128;
    private const int BufferBytes = 4096;

    /// <summary>At each end of a form: what lies between is files.</summary>
    private const int GlanceBytes = 64 * 1024;

    /// <summary>Forms of other operations, such as an upload of files, name no model.</summary>
    public static bool IsWanted(Exchange exchange, string? contentType, GatewayOptions options) =>
        IsForm(contentType)
        && (exchange.Caller.Models is not null || (MayNameModel(exchange.Route!.Path) && options.Instances.Any(DependsOnModel)));

    /// <summary>Reads the form.</summary>
    /// <param name="body">The whole form.</param>
    /// <param name="contentType">Names its boundary.</param>
    /// <param name="isStrict">The model decides whether the caller may: a form that could be read in another way is refused.</param>
    public static async Task<(RequestFacts Facts, RequestError? Error)> ReadAsync(RequestBody body, string contentType, bool isStrict)
    {
        string boundary = BoundaryOf(contentType);
        if (boundary.Length == 0)
        {
            return (RequestFacts.None, null);
        }

        if (isStrict && !await BeginsWithAsync(body, boundary))
        {
            // Readers of forms skip what stands before the first field. A server that takes JSON under any name would read that.
            return (RequestFacts.None, new RequestError(Outcome.BodyMalformed, "The form does not begin with its boundary."));
        }

        return await ReadAsync(body.OpenRead(), boundary, isStrict);
    }

    /// <summary>The model for the record alone: nothing depends on it, so nothing is refused, and of a long form the ends are read.</summary>
    public static Task<string?> GlanceAsync(RequestBody body, string? contentType) =>
        IsForm(contentType) && BoundaryOf(contentType!) is { Length: > 0 } boundary ? GlanceAtEndsAsync(body, boundary) : Task.FromResult<string?>(null);

    private static async Task<string?> GlanceAtEndsAsync(RequestBody body, string boundary)
    {
        byte[] piece = new byte[Math.Min(GlanceBytes, body.Length)];
        string? model = await GlanceAsync(body.OpenRead(), boundary, piece);
        return model ?? (body.Length == piece.Length ? null : await GlanceAsync(body.OpenRead(body.Length - piece.Length), boundary, piece));
    }

    private static async Task<string?> GlanceAsync(Stream form, string boundary, byte[] piece)
    {
        await form.ReadExactlyAsync(piece);
        int first = piece.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"--{boundary}"));
        return first < 0 ? null : (await ReadAsync(new MemoryStream(piece, first, piece.Length - first), boundary, isStrict: false)).Facts.Model;
    }

    private static async Task<(RequestFacts Facts, RequestError? Error)> ReadAsync(Stream form, string boundary, bool isStrict)
    {
        string? model = null;
        (long, int)? place = null;
        try
        {
            // The reader refuses to work with less room than its boundary takes, and a caller may name a long one.
            var reader = new MultipartReader(boundary, form, BufferBytes + Encoding.UTF8.GetByteCount(boundary));
            for (int i = 0; await reader.ReadNextSectionAsync() is { } section; i++)
            {
                if (i == MaxSections)
                {
                    return (RequestFacts.None, new RequestError(Outcome.BodyMalformed, $"The form has more than {MaxSections} fields."));
                }

                ContentDispositionHeaderValue? field = FieldOf(section);
                if (isStrict && !IsPlain(section, field))
                {
                    return (RequestFacts.None, new RequestError(Outcome.BodyMalformed, "The form has a field whose name could be read in more than one way."));
                }

                if (field is null || !IsModel(field))
                {
                    continue;
                }

                if (model is not null)
                {
                    return (RequestFacts.None, new RequestError(Outcome.BodyMalformed, "The field 'model' appears twice.", "model"));
                }

                model = await ReadNameAsync(section);
                place = (section.BaseStreamOffset!.Value, Encoding.UTF8.GetByteCount(model ?? ""));
                if (model is null)
                {
                    return (RequestFacts.None, new RequestError(Outcome.BodyMalformed, $"'model' must be a text of at most {MaxNameBytes} bytes.", "model"));
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            if (isStrict)
            {
                return (RequestFacts.None, new RequestError(Outcome.BodyMalformed, "The form cannot be read."));
            }

            // Broken behind the model is as good as broken before it: the upstream will say what is wrong.
        }

        return (RequestFacts.None with { Model = model, ModelField = place }, null);
    }

    private static bool IsForm(string? contentType) => contentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) == true;

    private static string BoundaryOf(string contentType) => MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type)
        ? HeaderUtilities.RemoveQuotes(type.Boundary).ToString()
        : "";

    private static async Task<bool> BeginsWithAsync(RequestBody body, string boundary)
    {
        byte[] first = Encoding.UTF8.GetBytes($"--{boundary}");
        byte[] read = new byte[first.Length];

        // Not disposed: it may be the body's own file.
        await body.OpenRead().ReadAtLeastAsync(read, read.Length, throwOnEndOfStream: false);
        return read.AsSpan().SequenceEqual(first);
    }

    private static bool MayNameModel(string path) => Array.Exists(
        RequestPath.Members(path),
        static member => member.Equals("audio", StringComparison.OrdinalIgnoreCase) || member.Equals("images", StringComparison.OrdinalIgnoreCase));

    private static bool DependsOnModel(InstanceOptions instance) => instance.SupportedModels.Count > 0 || instance.ProviderType == ProviderType.Azure;

    /// <summary>How a field is called; null when that cannot be read.</summary>
    private static ContentDispositionHeaderValue? FieldOf(MultipartSection section) =>
        ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out ContentDispositionHeaderValue? field)
        && field.DispositionType.Equals("form-data", StringComparison.OrdinalIgnoreCase) ? field : null;

    /// <summary>Servers differ in case and blanks.</summary>
    private static bool IsModel(ContentDispositionHeaderValue field) =>
        HeaderUtilities.RemoveQuotes(field.Name).AsSpan().Trim().Equals("model", StringComparison.OrdinalIgnoreCase);

    /// <summary>One name, written in one way: of two, or of one that is encoded or escaped, servers take the one or the other.</summary>
    private static bool IsPlain(MultipartSection section, ContentDispositionHeaderValue? field) =>
        field is not null
        && section.Headers?["Content-Disposition"].Count == 1
        && field.Name.AsSpan().IndexOfAny('\\', '%') < 0
        && field.Parameters.Count(static parameter => parameter.Name.Equals("name", StringComparison.OrdinalIgnoreCase)) == 1
        && !field.Parameters.Any(static parameter => parameter.Name.Equals("name*", StringComparison.OrdinalIgnoreCase))
        && field.Parameters.DistinctBy(static parameter => parameter.Name.ToString(), StringComparer.OrdinalIgnoreCase).Count() == field.Parameters.Count;

    private static async Task<string?> ReadNameAsync(MultipartSection section)
    {
        byte[] name = new byte[MaxNameBytes + 1];
        int length = await section.Body.ReadAtLeastAsync(name, name.Length, throwOnEndOfStream: false);
        return length > MaxNameBytes || !System.Text.Unicode.Utf8.IsValid(name.AsSpan(0, length)) ? null : Encoding.UTF8.GetString(name, 0, length);
    }
}
