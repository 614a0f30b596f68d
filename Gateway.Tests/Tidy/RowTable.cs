using System.Reflection;
using System.Text;
using Xunit;

namespace Gateway.Tests.Tidy;

/// <summary>Which tests name which row, read from an assembly's traits.</summary>
internal sealed class RowTable
{
    private static readonly HashSet<string> Kinds = new(StringComparer.Ordinal) { Rows.Promise, Rows.Fault, "inv", "category" };

    private readonly IReadOnlyDictionary<string, IReadOnlyList<Row>> _lists;
    private readonly ILookup<(string Kind, string Id), string> _tests;

    public RowTable(IEnumerable<Type> types, IReadOnlyDictionary<string, IReadOnlyList<Row>> lists)
    {
        _lists = lists;
        _tests = types.Where(static type => type is { IsClass: true, IsAbstract: false }).SelectMany(Named)
            .Distinct().ToLookup(static named => (named.Kind, named.Id), static named => named.Test);
    }

    /// <summary>Rows without a test and without a word why; traits that name no row; rows listed twice.</summary>
    public IEnumerable<string> Wrong()
    {
        HashSet<(string, string)> known = [];
        foreach ((string kind, IReadOnlyList<Row> rows) in _lists)
        {
            foreach (Row row in rows)
            {
                if (!known.Add((kind, row.Id)))
                {
                    yield return $"{kind} {row.Id} is listed twice";
                }

                if (!_tests.Contains((kind, row.Id)) && row.Rest is null)
                {
                    yield return $"{kind} {row.Id} ({row.Title}) has no test";
                }
            }
        }

        foreach (IGrouping<(string Kind, string Id), string> tests in _tests)
        {
            if (!Kinds.Contains(tests.Key.Kind) || (_lists.ContainsKey(tests.Key.Kind) && !known.Contains(tests.Key)))
            {
                yield return $"[Trait(\"{tests.Key.Kind}\", \"{tests.Key.Id}\")] of {tests.First()} names no row";
            }
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach ((string kind, IReadOnlyList<Row> rows) in _lists)
        {
            text.Append(kind == Rows.Promise ? "What is promised" : "What must hold when something breaks").Append($" ({rows.Count} rows)\n\n");
            foreach (Row row in rows)
            {
                Append(text, row, [.. _tests[(kind, row.Id)].Order(StringComparer.Ordinal)]);
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, Row row, string[] tests)
    {
        string count = tests.Length switch { 0 => "none", 1 => "1 test", _ => $"{tests.Length} tests" };
        text.Append($"{row.Id,-4} {row.Title,-72} {count,9}\n");
        foreach (string test in tests)
        {
            text.Append($"       {test}\n");
        }

        if (row.Rest is not null)
        {
            text.Append($"       not here: {row.Rest}\n");
        }
    }

    private static IEnumerable<(string Kind, string Id, string Test)> Named(Type type)
    {
        TraitAttribute[] ofType = [.. type.GetCustomAttributes<TraitAttribute>(inherit: true)];
        return
            from method in type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            where method.IsDefined(typeof(FactAttribute), inherit: true)
            from trait in method.GetCustomAttributes<TraitAttribute>(inherit: true).Concat(ofType)
            select (trait.Name, trait.Value, $"{type.Name}.{method.Name}");
    }
}
