namespace Gateway.Configuration;

/// <summary>Compares model names as Azure's users write them: case, <c>.</c>, <c>-</c> and <c>_</c> do not count (<c>gpt-3.5-turbo</c>, <c>gpt-35-turbo</c>).</summary>
internal sealed class ModelNames : IEqualityComparer<string>
{
    public static ModelNames Comparer { get; } = new();

    public bool Equals(string? x, string? y)
    {
        if (x is null || y is null)
        {
            return x is null && y is null;
        }

        int left = 0;
        int right = 0;
        while (true)
        {
            char a = Next(x, ref left);
            char b = Next(y, ref right);
            if (a != b)
            {
                return false;
            }

            if (a == '\0')
            {
                return true;
            }
        }
    }

    public int GetHashCode(string name)
    {
        var hash = new HashCode();
        int at = 0;
        while (Next(name, ref at) is not '\0' and var c)
        {
            hash.Add(c);
        }

        return hash.ToHashCode();
    }

    /// <summary>The next character that counts; NUL, which no name holds, at the end.</summary>
    private static char Next(string name, ref int at)
    {
        while (at < name.Length)
        {
            char c = name[at++];
            if (c is not ('.' or '-' or '_' or '\0'))
            {
                return char.ToUpperInvariant(c);
            }
        }

        return '\0';
    }
}
