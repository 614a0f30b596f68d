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
    default:
        return 2;
}
