using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Gateway.Configuration;

/// <summary>Ends the reading of YAML that is nested too deeply, before the library's recursion ends the process.</summary>
/// <param name="parser">Reads the file.</param>
/// <param name="most">Levels of sections and lists.</param>
internal sealed class NestingLimit(IParser parser, int most) : IParser
{
    private int _depth;

    public ParsingEvent? Current => parser.Current;

    public bool MoveNext()
    {
        if (!parser.MoveNext())
        {
            return false;
        }

        _depth += Current switch { MappingStart or SequenceStart => 1, MappingEnd or SequenceEnd => -1, _ => 0 };
        return _depth <= most ? true : throw new YamlException(Current!.Start, Current.End, "nested too deeply");
    }
}
