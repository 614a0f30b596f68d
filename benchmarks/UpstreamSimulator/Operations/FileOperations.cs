using System.Text.Json;
using UpstreamSimulator.Answering;
using UpstreamSimulator.Requests;

namespace UpstreamSimulator.Operations;

/// <summary>The files API. The newest 32 files are kept, of each at most <see cref="FormFields.MaxKeptBytes"/>.</summary>
internal sealed class FileOperations
{
    private const int MaxFiles = 32;
    private readonly Lock _lock = new();
    private readonly List<StoredFile> _files = [];

    public Task AnswerAsync(Exchange exchange) => exchange.Route.Operation switch
    {
        Operation.UploadFile => UploadAsync(exchange),
        Operation.ListFiles => SendAsync(exchange, WriteList),
        Operation.DeleteFile => DeleteAsync(exchange),
        _ => ReadAsync(exchange),
    };

    private Task UploadAsync(Exchange exchange)
    {
        StoredFile file = new("file-" + exchange.Id, exchange.Created, exchange.Form["purpose"], exchange.Form.File!);
        lock (_lock)
        {
            if (_files.Count == MaxFiles) _files.RemoveAt(0);
            _files.Add(file);
        }

        return SendAsync(exchange, json => Write(json, file));
    }

    private Task ReadAsync(Exchange exchange)
    {
        StoredFile? file;
        lock (_lock) file = _files.Find(candidate => candidate.Id == exchange.Route.Id);
        if (file is null) return ErrorAnswer.SendAsync(exchange, 404, $"No such File object: {exchange.Route.Id}", param: "id");
        if (exchange.Route.Operation == Operation.File) return SendAsync(exchange, json => Write(json, file));
        if (file.Part.Bytes > file.Part.Content.Length) return ErrorAnswer.SendAsync(exchange, 413, "The simulator kept the beginning only.");
        return PlainAnswer.GenerateAsync(exchange, 0, "application/octet-stream", file.Part.Content);
    }

    private Task DeleteAsync(Exchange exchange)
    {
        string id = exchange.Route.Id;
        bool deleted;
        lock (_lock) deleted = _files.RemoveAll(file => file.Id == id) > 0;
        if (!deleted) return ErrorAnswer.SendAsync(exchange, 404, $"No such File object: {id}", param: "id");
        return SendAsync(exchange, json =>
        {
            json.WriteString("id"u8, id);
            json.WriteString("object"u8, "file"u8);
            json.WriteBoolean("deleted"u8, true);
        });
    }

    private void WriteList(Utf8JsonWriter json)
    {
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        lock (_lock)
        {
            foreach (StoredFile file in _files)
            {
                json.WriteStartObject();
                Write(json, file);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        json.WriteBoolean("has_more"u8, false);
    }

    private static Task SendAsync(Exchange exchange, Action<Utf8JsonWriter> write) =>
        PlainAnswer.GenerateAsync(exchange, 0, PlainAnswer.Json, PlainAnswer.Build(write));

    private static void Write(Utf8JsonWriter json, StoredFile file)
    {
        json.WriteString("id"u8, file.Id);
        json.WriteString("object"u8, "file"u8);
        json.WriteNumber("bytes"u8, file.Part.Bytes);
        json.WriteNumber("created_at"u8, file.Created);
        json.WriteString("filename"u8, file.Part.FileName);
        json.WriteString("purpose"u8, file.Purpose);
        json.WriteString("status"u8, "processed"u8);
        // Not of the real API: shows that an upload arrived whole.
        json.WriteString("sha256"u8, file.Part.Sha256);
    }
}
