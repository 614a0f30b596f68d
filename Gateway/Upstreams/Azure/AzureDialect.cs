using System.Net.Http.Headers;
using System.Text;
using Gateway.Configuration;
using Gateway.Requests;

namespace Gateway.Upstreams.Azure;

/// <summary>
/// Azure OpenAI. Its dated surface names the deployment in the URL of the operations that run one, and takes its version from the query;
/// the <c>v1</c> surface looks like OpenAI's. On both, <c>model</c> means the deployment, and answers name what lies behind it: the caller
/// sees the name it asked for.
/// </summary>
internal sealed class AzureDialect : IDialect
{
    private readonly string _base;
    private readonly string? _version;
    private readonly Dictionary<string, string> _deployments;
    private readonly InstanceEdits _edits;
    private readonly RawUris _uris = new();

    public AzureDialect(InstanceOptions options)
    {
        bool isV1 = options.ApiVersion.Equals("v1", StringComparison.OrdinalIgnoreCase);
        _base = options.ApiBase.AbsoluteUri.TrimEnd('/') + (isV1 ? "/openai/v1" : "/openai");
        _version = isV1 ? null : Uri.EscapeDataString(options.ApiVersion);
        _deployments = new Dictionary<string, string>(ModelNames.Comparer);
        foreach ((string model, string deployment) in options.ModelDeployments)
        {
            _deployments.TryAdd(model, deployment);
        }

        _edits = new InstanceEdits(options);
    }

    public Uri UriOf(string path, string query, string? model, bool isRead = false)
    {
        string rest = AzureQuery.WithoutVersion(query);
        if (IsRealtime(path))
        {
            rest = AzureQuery.WithDeployment(rest, _version is null ? "model" : "deployment", DeploymentOf);
        }

        if (_version is null)
        {
            return _uris.Of(string.Concat(_base, path, rest), rest.Length == 0);
        }

        string deployment = RunsDeployment(path, model) ? "/deployments/" + Uri.EscapeDataString(DeploymentOf(model!)) : "";
        string own = rest.Length == 0 ? "?api-version=" + _version : $"?api-version={_version}&{rest.AsSpan(1)}";
        return _uris.Of(string.Concat(_base, deployment, path, own), rest.Length == 0);
    }

    public void AddKey(HttpRequestHeaders headers, string key) => headers.TryAddWithoutValidation("api-key", key);

    public CallEdits? EditsOf(ApiRequest request, bool needsUsage = false)
    {
        // Fine-tuning jobs, and the paths of models, name a base model, not a deployment.
        if (string.IsNullOrEmpty(request.Facts.Model) || request.Path.StartsWith("/fine_tuning/", StringComparison.Ordinal)
            || request.Path.StartsWith("/models/", StringComparison.Ordinal))
        {
            return _edits.Of(request, needsUsage);
        }

        bool isInUrl = _version is not null && RunsDeployment(request.Path, request.Facts.Model);
        string deployment = DeploymentOf(request.Facts.Model);
        ReadOnlyMemory<byte> sent = isInUrl || deployment == request.Facts.Model ? default
            : request.Facts.ModelField is null ? AnswerEdits.JsonText(deployment) : Encoding.UTF8.GetBytes(deployment);
        return _edits.Of(request, needsUsage, new ModelEdit(isInUrl, sent, AnswerEdits.JsonText(request.Facts.Model)));
    }

    private string DeploymentOf(string model) => _deployments.GetValueOrDefault(model, model);

    /// <summary>The operations that live below a deployment on the dated surface.</summary>
    private bool RunsDeployment(string path, string? model) =>
        !string.IsNullOrEmpty(model)
        && !LeavesSegment(DeploymentOf(model))
        && (path.AsSpan().TrimEnd('/') is "/chat/completions" or "/completions" or "/embeddings"
            || path.StartsWith("/audio/", StringComparison.Ordinal)
            || path.StartsWith("/images/", StringComparison.Ordinal));

    /// <summary>The model is the caller's text: whoever decodes it, however often, must not be led out of the deployments.</summary>
    private static bool LeavesSegment(string deployment) =>
        deployment.AsSpan().ContainsAnyInRange('\0', '\x1f') || RequestPath.LeavesRoot("/" + deployment);

    private static bool IsRealtime(string path) => path.AsSpan().TrimEnd('/') is "/realtime";
}
