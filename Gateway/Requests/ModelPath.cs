namespace Gateway.Requests;

/// <summary>The model that a path is about: <c>/models/{id}</c> goes where that model is served, another instance does not know it.</summary>
internal static class ModelPath
{
    private const string Collection = "models";

    /// <summary>The id in the path, decoded; null for every other path, and for the list.</summary>
    /// <param name="method">Asking for a model, or removing it; what else a method may do there is for the upstream to know.</param>
    /// <param name="path">Below the API's root, as sent.</param>
    public static string? Of(string method, string path)
    {
        // For a quick look: "models" is there as it is, or in some encoding.
        if (!(HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsDelete(method))
            || (!path.Contains('%') && !path.Contains(Collection, StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        // An id may have slashes of its own, encoded or not (org/model). It is read as rights to a path are, so that none is asked for under another name.
        return RequestPath.Members(path) is [var first, _, ..] members && first.Equals(Collection, StringComparison.OrdinalIgnoreCase)
            ? string.Join('/', members.AsSpan(1))
            : null;
    }
}
