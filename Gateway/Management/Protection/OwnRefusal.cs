namespace Gateway.Management.Protection;

/// <summary>Marks a management route that asks the guard itself and says no in its own way: the sign-in.</summary>
internal sealed class OwnRefusal
{
    public static OwnRefusal Mark { get; } = new();
}
