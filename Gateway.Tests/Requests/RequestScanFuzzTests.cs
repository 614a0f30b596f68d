using System.Buffers;
using System.Text;
using System.Text.Json;
using Gateway.Requests;
using Xunit;

namespace Gateway.Tests.Requests;

/// <summary>Differential: the scan against the framework's own document reader, on damaged bodies.</summary>
[Trait("row", "H6")]
public class RequestScanFuzzTests
{
    private const int Inputs = 25_000;

    private static readonly JsonDocumentOptions Depth = new() { MaxDepth = 256 };

    private static readonly string[] Shards =
        ["\"model\":", "\"mod\\u0065l\":", "\"stream\":true", "\"n\":", "\"tools\":[", "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "1e999", "-1", "\\ud800", "\0", "é", " "];

    [Theory]
    [InlineData(20260101)]
    [InlineData(20260102)]
    public void TryRead_DamagedBodies_AgreesWithTheDocumentReader(int seed)
    {
        var random = new Random(seed);
        byte[][] corpus = [.. ScanCases.Good.Concat(ScanCases.Bad.Select(static bad => bad.Body)).Where(static body => body.Length < 400).Select(Encoding.UTF8.GetBytes)];
        int accepted = 0;
        for (int i = 0; i < Inputs; i++)
        {
            byte[] body = Damage(corpus[random.Next(corpus.Length)], random);
            RequestError? error = RequestScan.TryRead(new ReadOnlySequence<byte>(body), out RequestFacts facts);
            RequestError? split = RequestScan.TryRead(ByteSequences.Cut(body, random.Next(body.Length + 1)), out RequestFacts splitFacts);

            string input = $"seed {seed}, input {i}: {Convert.ToHexString(body)}";
            Assert.True((error is null) == (split is null) && error?.Param == split?.Param, input);
            Assert.True(facts.Model == splitFacts.Model && facts.IsStream == splitFacts.IsStream, input);
            if (error is null)
            {
                accepted++;
                Assert.True(Agrees(body, facts), input);
            }
        }

        // The negative control of the fuzz itself: it must reach both sides.
        Assert.InRange(accepted, Inputs / 50, Inputs * 49 / 50);
    }

    private static bool Agrees(byte[] body, RequestFacts facts)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body, Depth);
            JsonElement root = document.RootElement;
            bool hasModel = root.TryGetProperty("model", out JsonElement model) && model.ValueKind != JsonValueKind.Null;
            bool isStream = root.TryGetProperty("stream", out JsonElement stream) && stream.ValueKind == JsonValueKind.True;
            bool hasCount = root.TryGetProperty("n", out JsonElement count) && count.ValueKind != JsonValueKind.Null;
            return facts.Model == (hasModel ? model.GetString() : null)
                && facts.IsStream == isStream
                && facts.Choices == (hasCount ? count.GetInt64() : 1);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    internal static byte[] Damage(byte[] body, Random random)
    {
        List<byte> bytes = [.. body];
        for (int times = random.Next(1, 4); times > 0; times--)
        {
            int at = random.Next(bytes.Count + 1);
            switch (random.Next(5))
            {
                case 0 when bytes.Count > 0:
                    bytes[random.Next(bytes.Count)] = (byte)random.Next(256);
                    break;
                case 1 when bytes.Count > 0:
                    bytes.RemoveRange(Math.Min(at, bytes.Count - 1), Math.Min(random.Next(1, 8), bytes.Count - Math.Min(at, bytes.Count - 1)));
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 30), bytes.Count - at)));
                    break;
                default:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Shards[random.Next(Shards.Length)]));
                    break;
            }
        }

        return [.. bytes];
    }
}
