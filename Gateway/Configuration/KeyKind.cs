namespace Gateway.Configuration;

/// <summary>The shapes a configuration value can have.</summary>
internal enum KeyKind
{
    Text,
    Whole,
    Number,
    Flag,
    Duration,
    Size,
    Choice,
    TextList,
    WholeList,
    TextMap,
    Section,
    SectionList,
}
