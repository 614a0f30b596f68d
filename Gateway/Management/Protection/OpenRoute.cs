namespace Gateway.Management.Protection;

/// <summary>Marks a route that anyone may ask, on every port. A route without this mark is a management route.</summary>
internal sealed class OpenRoute
{
    public static OpenRoute Mark { get; } = new();
}
