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
    default:
        return 2;
}
