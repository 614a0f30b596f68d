using System.Globalization;
using System.Text;
using Gateway.Configuration;
using Gateway.Upstreams;
using Xunit;

namespace Gateway.Tests.Fuzzing.Targets;

/// <summary>Rate-limit and retry headers of an answer, one in a line, in every dialect: never an exception, always in range; a plain number is read as it stands.</summary>
internal sealed class LimitHeadersTarget : FuzzTarget
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    private static readonly ProviderType[] Providers = Enum.GetValues<ProviderType>();
    private static readonly RetryOptions Retries = new();

    public override string Name => "limit-headers";

    public override int ShortInputs => 12_000;

    public override IReadOnlyList<byte[]> Seeds { get; } = Texts(
    [
        "retry-after: 20", "retry-after-ms: 1500.5\nretry-after: 3", "Retry-After: Sat, 21 Nov 2026 12:00:30 GMT", "retry-after: -1\nx-ratelimit-reset-tokens: -1",
        "x-ratelimit-limit-requests: 60\nx-ratelimit-remaining-requests: 0\nx-ratelimit-reset-requests: 6m0s\nx-ratelimit-remaining-tokens: 149984\nx-ratelimit-reset-tokens: 12ms",
        "x-ratelimit-remaining-requests: 0\nx-ratelimit-limit-requests: 20\nx-ratelimit-reset-requests: 1795262400000", "x-ratelimit-reset-requests: 1795262400", "x-ratelimit-reset-requests: 3599.9",
        "x-ratelimit-remaining-tokens: 0\nx-ratelimit-reset-tokens: 00:01:00", "retry-after: Sunday, 06-Nov-94 08:49:37 GMT", "retry-after: Sat Nov 21 12:00:30 2026",
    ]);

    public override IReadOnlyList<string> Words { get; } =
    [
        "retry-after: ", "retry-after-ms: ", "x-ratelimit-reset-requests: ", "x-ratelimit-reset-tokens: ", "x-ratelimit-remaining-tokens: ", "x-ratelimit-remaining-requests: 0", "\n", "1h", "ms", "us", "d",
        "-Infinity", "Infinity", "NaN", "∞", "-∞", ".", "e5", " ", ",", ":", "-", "+", "%", "00:00:01", "99999999.1:00:00", "10675199.02:48:05", "Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
    ];

    public override IReadOnlyList<string> Reaches => ["unknown", "asked", "window"];

    public override ValueTask<string> TryAsync(byte[] input)
    {
        using var answer = new HttpResponseMessage();
        foreach (string line in Encoding.UTF8.GetString(input).Split('\n'))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                answer.Headers.TryAddWithoutValidation(line[..colon], line[(colon + 1)..].Trim());
            }
        }

        string way = "unknown";
        foreach (ProviderType provider in Providers)
        {
            foreach (int status in (int[])[200, 429, 503])
            {
                LimitSigns signs = LimitHeaders.Read(answer.Headers.NonValidated, status, provider, Now);
                AssertTime(signs.RetryTime);
                Assert.True(status == 429 || !signs.IsWindowEmpty);
                way = signs.IsWindowEmpty ? "window" : signs.RetryTime is not null && way == "unknown" ? "asked" : way;
                AssertWait(signs.RetryTime, provider, input.Length % 40);
            }

            LimitLeft left = LimitHeaders.Left(answer.Headers.NonValidated, provider, Now);
            Assert.True(left.Tokens is null or >= 0);
            AssertTime(left.TokensReset);
            AssertTime(left.NoRequestsFor);
        }

        AssertPlainNumber(answer);
        return new(way);
    }

    private static void AssertTime(TimeSpan? time) =>
        Assert.True(time is null || (time > TimeSpan.Zero && time <= Longest), $"{time}");

    private static void AssertWait(TimeSpan? time, ProviderType provider, int retries)
    {
        foreach (double roll in (double[])[0, 0.5, 1])
        {
            TimeSpan blind = BackoffPolicy.Blind(retries, Retries, provider, roll);
            Assert.InRange(blind, TimeSpan.Zero, Retries.MaxDelay);
            if (time is { } given)
            {
                Assert.InRange(BackoffPolicy.Given(given, roll), given, given + TimeSpan.FromSeconds(1));
            }
        }
    }

    private static void AssertPlainNumber(HttpResponseMessage answer)
    {
        if (!answer.Headers.NonValidated.Contains("retry-after-ms")
            && answer.Headers.NonValidated.TryGetValues("retry-after", out var values)
            && values.First() is { Length: > 0 and < 10 } text && text.All(char.IsAsciiDigit)
            && int.Parse(text, CultureInfo.InvariantCulture) is > 0 and var seconds)
        {
            TimeSpan expected = TimeSpan.FromSeconds(Math.Min(seconds, Longest.TotalSeconds));
            Assert.Equal(expected, LimitHeaders.Read(answer.Headers.NonValidated, 503, ProviderType.OpenAi, Now).RetryTime);
        }
    }
}
