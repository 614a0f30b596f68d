using System.Globalization;
using Gateway.Tokenization;

namespace Tokens;

/// <summary>Loading, and the speed beside the reference's, each measured right behind the other.</summary>
internal static class SpeedComparison
{
    private const double LoadMilliseconds = 150;
    private const double LoadMegabytes = 60;

    /// <summary>Time of the processor, not of the clock: others may run on this machine.</summary>
    private static TimeSpan Cpu => Environment.CpuUsage.TotalTime;

    /// <returns>True when every threshold is met.</returns>
    public static bool Run(Reference reference, string root)
    {
        bool isMet = Load(Tokenizer.O200k) & Load(Tokenizer.Cl100k);
        Console.WriteLine("\n| text | vocabulary | gateway MB/s | tiktoken (wasm) MB/s | times | tokens | |\n|---|---|---|---|---|---|---|");
        foreach (Sample sample in Sample.All(root))
        {
            foreach (Tokenizer tokenizer in new[] { Tokenizer.O200k, Tokenizer.Cl100k })
            {
                isMet &= Row(reference, sample, tokenizer);
            }
        }

        return isMet;
    }

    private static bool Load(Tokenizer tokenizer)
    {
        long retained = GC.GetTotalMemory(forceFullCollection: true);
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan start = Cpu;
        tokenizer.Count("x"u8);
        double milliseconds = (Cpu - start).TotalMilliseconds;
        double all = (GC.GetTotalAllocatedBytes(precise: true) - allocated) / 1e6;
        double kept = (GC.GetTotalMemory(forceFullCollection: true) - retained) / 1e6;
        bool isMet = milliseconds <= LoadMilliseconds && all <= LoadMegabytes;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{tokenizer.Name}: loaded in {milliseconds:f0} ms, {kept:f1} MB kept, {all:f1} MB allocated on the way{Mark(isMet)}"));
        return isMet;
    }

    private static bool Row(Reference reference, Sample sample, Tokenizer tokenizer)
    {
        byte[] part = sample.Text.Length > sample.ReferenceBytes ? sample.Text[..sample.ReferenceBytes] : sample.Text;
        double speed = Speed(tokenizer, sample.Text, out long tokens);
        (long expected, double its) = reference.Speed(tokenizer, part);
        bool isMet = speed >= sample.Floor && speed >= its && tokenizer.Count(part) == expected;
        string share = part.Length < sample.Text.Length ? $" (of {part.Length / 1000} KB)" : "";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| {sample.Name} | {tokenizer.Name} | {speed:f1} | {its:f2}{share} | {speed / its:f1} | {tokens} |{Mark(isMet)} |"));
        return isMet;
    }

    private static double Speed(Tokenizer tokenizer, byte[] text, out long tokens)
    {
        tokens = tokenizer.Count(text);
        int rounds = 0;
        TimeSpan start = Cpu;
        TimeSpan elapsed;
        do
        {
            tokens = tokenizer.Count(text);
            rounds++;
            elapsed = Cpu - start;
        }
        while (elapsed < TimeSpan.FromSeconds(1));
        return text.Length * (double)rounds / elapsed.TotalMicroseconds;
    }

    private static string Mark(bool isMet) => isMet ? "" : " MISSED";
}
