namespace Gateway.Authentication;

/// <summary>By which a caller shows an upstream who it is.</summary>
internal static class CredentialHeaders
{
    public static readonly string[] Names = ["Authorization", "api-key", "x-api-key", "Cookie"];
}
