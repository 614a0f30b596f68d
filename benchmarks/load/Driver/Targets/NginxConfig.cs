using System.Globalization;

namespace Load.Driver.Targets;

/// <summary>Fills the embedded nginx configuration in.</summary>
internal static class NginxConfig
{
    public static string Create(string folder, int port, int upstreamPort, long descriptors)
    {
        using Stream resource = typeof(NginxConfig).Assembly.GetManifestResourceStream("nginx.conf.template")
            ?? throw new InvalidOperationException("nginx.conf.template is not embedded");
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd()
            // Started by root, nginx would give its worker to a user who may not enter the temporary folder.
            .Replace("{user}", Environment.IsPrivilegedProcess ? "user root;" : "", StringComparison.Ordinal)
            .Replace("{folder}", folder, StringComparison.Ordinal)
            .Replace("{port}", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{upstream}", upstreamPort.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{connections}", (2 * descriptors).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{descriptors}", descriptors.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }
}
