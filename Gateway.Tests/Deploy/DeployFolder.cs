using Gateway.Tests.Tidy;

namespace Gateway.Tests.Deploy;

/// <summary>A copy of the shipped Prometheus files, where the scrape configuration finds the token that it names.</summary>
internal sealed class DeployFolder : IDisposable
{
    private const string Token = "/etc/prometheus/gateway_admin_token";

    public DeployFolder()
    {
        foreach (SourceFile file in SourceTree.All.Where(static file => file.Path.StartsWith(AlertRules.Folder, StringComparison.Ordinal)))
        {
            File.WriteAllText(Path.Combine(Root, file.Name), file.Text);
        }

        File.WriteAllText(Path.Combine(Root, "token"), "secret");
        Change("prometheus.yml", text => text.Replace(Token, Path.Combine(Root, "token"), StringComparison.Ordinal));
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("deploy-").FullName;

    public void Change(string file, Func<string, string> change) =>
        File.WriteAllText(Path.Combine(Root, file), change(File.ReadAllText(Path.Combine(Root, file))));

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
