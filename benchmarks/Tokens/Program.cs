using System.Globalization;
using Gateway.Tokenization;
using Tokens;

switch (args)
{
    case ["vocabularies", var published, var target]:
        foreach (string name in PublishedVocabulary.Digests.Keys)
        {
            VocabularyFile file = PublishedVocabulary.Read(Path.Combine(published, name + ".tiktoken")).ToFile();
            string path = Path.Combine(target, name + ".br");
            using (FileStream stream = File.Create(path))
            {
                file.Write(stream);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {file.Lengths.Length} tokens, {file.Nodes} nodes, {new FileInfo(path).Length} bytes"));
        }

        return 0;
    case ["compare", var modules]:
        var reference = new Reference(modules);
        int differences = CountComparison.Run(reference, "generated texts", [.. Enumerable.Range(0, 10_000).Select(GeneratedText.Make)])
            + CountComparison.Run(reference, "texts of every character", CountComparison.EveryCharacter());
        return differences > 0 ? 1 : 0;
    case ["golden", var modules, var target]:
        GoldenFile.Write(new Reference(modules), target);
        return 0;
    case ["speed", var modules, var root]:
        return SpeedComparison.Run(new Reference(modules), root) ? 0 : 1;
    case ["worst"]:
        for (int c = 0; c < 0x3000; c++) if (System.Text.Rune.IsValid(c)) {
            byte[] t = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(new System.Text.Rune(c).ToString(), 20000)));
            foreach (var k in new[]{Tokenizer.O200k, Tokenizer.Cl100k}) { long s0 = TimeProvider.System.GetTimestamp(); k.Count(t, out long st); double ms = TimeProvider.System.GetElapsedTime(s0).TotalMilliseconds; if (st > 3*t.Length) Console.WriteLine($"{k.Name} U+{c:x4} {(char)c} {(double)st/t.Length:f1} steps/byte {t.Length/1000.0/ms:f1} MB/s"); }
        }
        return 0;
    default:
        return 2;
}
