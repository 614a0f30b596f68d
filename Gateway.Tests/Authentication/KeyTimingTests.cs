using System.Globalization;
using Gateway.Authentication;
using Gateway.Configuration;
using Gateway.Tests.Dispatching.Model;
using Gateway.Tests.Support;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Authentication;

/// <summary>
/// Does the time of a refusal tell how near a token was to a key? Welch's t between tokens that begin like one for 64 characters, and tokens
/// that share nothing: short here, 10^6 samples in <c>make keys</c> (GATEWAY_KEY_SAMPLES).
/// </summary>
[Collection(Alone.Name)]
[Trait("row", "A2")]
[Trait("category", "keys")]
public class KeyTimingTests
{
    private const double Limit = 4.5;
    private const int Variants = 16 * 1024;
    private const int Shared = 64;
    private const string Key = "sk-proj-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    private static readonly int Samples = int.Parse(
        Environment.GetEnvironmentVariable("GATEWAY_KEY_SAMPLES") ?? "200000", NumberStyles.None, CultureInfo.InvariantCulture);

    [Fact]
    public void Find_NearMissOrFarMiss_TakesTheSameTime()
    {
        var table = new KeyTable(GatewayHost.ThreeTiers(new Uri("http://127.0.0.1:1/"), slots: 1) with
        {
            ClientApiKeys = [Key, .. Enumerable.Range(0, 200).Select(static i => $"sk-other-{i}")],
        });
        var headers = new HeaderDictionary();

        double t = Welch(token =>
        {
            headers["Authorization"] = token;
            return table.Find(headers) is null;
        });

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"t = {t:0.00}, the middle of three on {Samples} samples"));
        Assert.InRange(t, -Limit, Limit);
    }

    /// <summary>The control: a comparison that stops at the first difference is found out.</summary>
    [Fact]
    public void Compare_StopsAtTheFirstDifference_IsFoundOut()
    {
        const string Expected = "Bearer " + Key;
        double t = Welch(static token =>
        {
            for (int i = 0; i < Expected.Length; i++)
            {
                if (token[i] != Expected[i])
                {
                    return true;
                }
            }

            return false;
        });

        Assert.True(Math.Abs(t) > Limit, $"t = {t}");
    }

    /// <summary>The middle one of three measurements: a leak shows in each of them, what else the machine does in one.</summary>
    private static double Welch(Func<string, bool> isRefused) => new[] { 1UL, 2UL, 3UL }.Select(seed => Welch(isRefused, new Dice(seed))).Order().ElementAt(1);

    private static double Welch(Func<string, bool> isRefused, Dice dice)
    {
        string[][] classes = [[.. Enumerable.Range(0, Variants).Select(_ => Near(dice))], [.. Enumerable.Range(0, Variants).Select(_ => Far(dice))]];
        var times = new List<(int Class, long Ticks)>(Samples);
        for (int i = -Samples / 10; i < Samples; i++)
        {
            int one = dice.Next(2);

            // A copy, just made: where the token lies in memory, and how cold it is there, must not differ between the classes.
            string token = new(classes[one][dice.Next(Variants)].AsSpan());
            long before = TimeProvider.System.GetTimestamp();
            bool refused = isRefused(token);
            long after = TimeProvider.System.GetTimestamp();
            Assert.True(refused);
            if (i >= 0)
            {
                times.Add((one, after - before));
            }
        }

        // What the machine did meanwhile (collections, other processes) says nothing about the code.
        long crop = times.Select(static time => time.Ticks).Order().ElementAt(times.Count * 9 / 10);
        (double mean0, double error0) = Moments(times, 0, crop);
        (double mean1, double error1) = Moments(times, 1, crop);
        return (mean0 - mean1) / Math.Sqrt(error0 + error1);
    }

    /// <summary>Mean, and variance over count.</summary>
    private static (double Mean, double Error) Moments(List<(int Class, long Ticks)> times, int of, long crop)
    {
        double[] own = [.. times.Where(time => time.Class == of && time.Ticks <= crop).Select(static time => (double)time.Ticks)];
        double mean = own.Average();
        return (mean, own.Sum(time => (time - mean) * (time - mean)) / (own.Length - 1) / own.Length);
    }

    private static string Near(Dice dice) => Token(dice, Shared);

    private static string Far(Dice dice) => Token(dice, 0);

    /// <summary>Every token is another one in either class, or what the processor remembers of the last ones would make a difference.</summary>
    private static string Token(Dice dice, int shared) => "Bearer " + string.Create(Key.Length, (dice, shared), static (token, from) =>
    {
        for (int i = 0; i < token.Length; i++)
        {
            token[i] = i < from.shared ? Key[i] : (char)('a' + from.dice.Next(26));
        }
    });
}
