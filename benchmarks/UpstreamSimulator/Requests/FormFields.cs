using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace UpstreamSimulator.Requests;

/// <summary>A multipart form, read as a stream: hundreds of megabytes cost no memory.</summary>
internal sealed class FormFields
{
    /// <summary>What is kept of a file; a file's content can be fetched again only when it is no larger.</summary>
    public const int MaxKeptBytes = 4 << 20;

    private const int MaxFields = 64;
    private const int MaxFieldBytes = 64 << 10;
    private readonly Dictionary<string, string> _values = [];

    public FormPart? File { get; private set; }

    public string this[string name] => _values.GetValueOrDefault(name, "");

    /// <summary>Reads the form; null when it is none.</summary>
    public static async Task<FormFields?> ReadAsync(HttpRequest request, CancellationToken aborted)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type) || type.MediaType != "multipart/form-data") return null;
        string boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        if (boundary.Length == 0) return null;

        FormFields form = new();
        MultipartReader reader = new(boundary, request.Body);
        try
        {
            while (await reader.ReadNextSectionAsync(aborted) is { } section)
            {
                if (!await form.AddAsync(section, aborted)) return null;
            }
        }
        catch (InvalidDataException)
        {
            return null;
        }

        return form;
    }

    private async Task<bool> AddAsync(MultipartSection section, CancellationToken aborted)
    {
        if (section.GetContentDispositionHeader() is not { } disposition || _values.Count >= MaxFields) return false;
        string name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();
        if (disposition.IsFileDisposition())
        {
            string fileName = HeaderUtilities.RemoveQuotes(disposition.FileName).ToString();
            File = await ReadFileAsync(section, fileName, aborted);
            return true;
        }

        byte[] value = new byte[MaxFieldBytes];
        int length = await section.Body.ReadAtLeastAsync(value, value.Length, throwOnEndOfStream: false, aborted);
        _values[name] = Encoding.UTF8.GetString(value, 0, length);
        return length < MaxFieldBytes;
    }

    private static async Task<FormPart> ReadFileAsync(MultipartSection section, string name, CancellationToken aborted)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using MemoryStream kept = new();
        byte[] buffer = new byte[64 << 10];
        long total = 0;
        while (await section.Body.ReadAsync(buffer, aborted) is > 0 and int read)
        {
            total += read;
            hash.AppendData(buffer, 0, read);
            kept.Write(buffer, 0, (int)Math.Min(read, MaxKeptBytes - kept.Length));
        }

        return new FormPart(name, section.ContentType ?? "application/octet-stream", kept.ToArray(), total, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
