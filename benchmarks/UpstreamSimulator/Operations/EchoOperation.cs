using System.Buffers;
using System.Security.Cryptography;
using UpstreamSimulator.Answering;

namespace UpstreamSimulator.Operations;

/// <summary>Any path under a provider's prefix that is none of the others: says what arrived.</summary>
internal static class EchoOperation
{
    public static async Task AnswerAsync(Exchange exchange)
    {
        HttpRequest request = exchange.Context.Request;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        long total = 0;
        try
        {
            while (await request.Body.ReadAsync(buffer, exchange.Aborted) is > 0 and int read)
            {
                total += read;
                hash.AppendData(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        string target = exchange.RawTarget;
        int question = target.IndexOf('?', StringComparison.Ordinal);
        ReadOnlyMemory<byte> body = PlainAnswer.Build(json =>
        {
            json.WriteString("method"u8, request.Method);
            json.WriteString("path"u8, question < 0 ? target : target[..question]);
            json.WriteString("query"u8, question < 0 ? "" : target[question..]);
            json.WriteNumber("body_bytes"u8, total);
            json.WriteString("body_sha256"u8, Convert.ToHexStringLower(hash.GetHashAndReset()));
        });
        await PlainAnswer.GenerateAsync(exchange, 0, PlainAnswer.Json, body);
    }
}
