using System.Text.Json;
using Gateway.Configuration;

namespace Gateway.Requests;

/// <summary>Notes, while a body is scanned, where those of its top-level members lie that some instance may have to edit.</summary>
/// <param name="names">The names to look for.</param>
internal sealed class MemberTrace(MemberNames names)
{
    private readonly List<BodyMember> _found = [];
    private int _count;
    private long _previousEnd = -1;
    private string? _name;
    private long _keyStart;
    private long _valueStart;
    private JsonTokenType _value;

    /// <summary>In the order of the body.</summary>
    public IReadOnlyList<BodyMember> Found => _found;

    public bool AsksBase64 { get; private set; }

    /// <summary>For another scan of the same body.</summary>
    public MemberTrace Anew() => new(names);

    /// <summary>Call at a member's name. Returns the name if it is looked for and has been there before.</summary>
    public string? AtName(ref BodyJson body)
    {
        long start = body.Start;
        if (_found.Count > 0 && _found[^1] is { NextStart: < 0 } last)
        {
            _found[^1] = last with { NextStart = start };
        }

        _name = null;
        foreach ((string name, byte[] utf8) in names.All)
        {
            if (body.Json.ValueTextEquals(utf8))
            {
                (_name, _keyStart) = (name, start);
                return _found.Exists(member => member.Name == name) ? name : null;
            }
        }

        return null;
    }

    /// <summary>Call at the first token of its value.</summary>
    public void AtValue(ref BodyJson body)
    {
        (_valueStart, _value) = (body.Start, body.Json.TokenType);
        AsksBase64 |= _name == EditedParameters.EncodingFormat && _value == JsonTokenType.String && body.Json.ValueTextEquals("base64"u8);
    }

    /// <summary>Call at the last token of its value.</summary>
    public void AtEnd(ref BodyJson body)
    {
        long end = body.End;
        if (_name is not null)
        {
            _found.Add(new BodyMember(_name, _count, _keyStart, _valueStart, end, _previousEnd, -1, _value));
        }

        _previousEnd = end;
        _count++;
    }
}
