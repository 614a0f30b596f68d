namespace Gateway.Authentication;

/// <summary>An entry of <c>client_keys[].endpoints</c>, in the form that <c>ValueRules.IsEndpoint</c> checks.</summary>
internal sealed class EndpointRule
{
    private readonly string? _method;
    private readonly string[] _members;
    private readonly bool _isOpen;

    public EndpointRule(string text)
    {
        int blank = text.IndexOf(' ', StringComparison.Ordinal);
        _method = blank < 0 ? null : text[..blank];
        string[] members = text[(blank + 1)..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        _isOpen = members[^1] == "*";
        _members = _isOpen ? members[..^1] : members;
    }

    /// <summary>One of its words is such a one; what it leaves open counts for nothing here.</summary>
    public bool Names(Predicate<string> isSuch) => Array.Exists(_members, isSuch);

    public bool Covers(string method, string[] members)
    {
        if (_isOpen ? members.Length < _members.Length : members.Length != _members.Length)
        {
            return false;
        }

        for (int i = 0; i < _members.Length; i++)
        {
            if (_members[i] != "{id}" && !_members[i].Equals(members[i], StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        // A HEAD tells nothing that a GET would not.
        return _method is null || _method == method || (_method == HttpMethods.Get && HttpMethods.IsHead(method));
    }
}
