using Gateway.Configuration;
using Gateway.Requests;

namespace Gateway.Upstreams;

/// <summary>Puts the edits of a call together: those any instance may be configured for, and what its dialect does to the model.</summary>
internal sealed class InstanceEdits(InstanceOptions options)
{
    private static readonly ReadOnlyMemory<byte> Float = "\"float\""u8.ToArray();

    private readonly HashSet<string> _removed = [.. EditedParameters.RemovedBy(options)];
    private readonly bool _keepsBooleans = EditedParameters.KeepsBooleans(options, EditedParameters.ParallelToolCalls);
    private readonly bool _isAzure = options.ProviderType == ProviderType.Azure;
    private readonly bool _floats = options.EmbeddingsBase64ToFloat;

    /// <summary>
    /// The first dated version of Azure's API in which streams take <c>stream_options</c>; in those before it is an unknown parameter, and a 400. Other names ("v1", "preview") are
    /// later ones, and greater.
    /// </summary>
    private const string FirstAzureWithUsageOption = "2024-09-01";

    /// <summary>An upstream that takes no such option, or no stream at all, is not asked.</summary>
    private readonly bool _takesUsageOption =
        !EditedParameters.RemovedBy(options).Contains("stream") && !EditedParameters.RemovedBy(options).Contains("stream_options")
        && !(options.ProviderType == ProviderType.Azure && string.CompareOrdinal(options.ApiVersion, FirstAzureWithUsageOption) < 0);

    /// <summary>The edits of a request and its answer; null for none.</summary>
    public CallEdits? Of(ApiRequest request, bool needsUsage, ModelEdit model = default)
    {
        bool asksUsage = needsUsage && _takesUsageOption && request.Facts.UsagePlace.Form != UsageForm.None
            && request.Operation is ApiOperation.Chat or ApiOperation.Completions
            && !(_isAzure && request.Facts.Members.Any(static member => member.Name == EditedParameters.DataSources));
        bool asksFloats = _floats && request.Facts.AsksBase64 && request.Operation == ApiOperation.Embeddings;
        AnswerEdits? answer = asksFloats || asksUsage || !model.Restored.IsEmpty ? new AnswerEdits(model.Restored, asksFloats, asksUsage) : null;
        if (request.Facts.Members.Count > 0 || asksUsage)
        {
            return Splice(request.Facts, model, asksFloats, answer);
        }

        BodySplice[] inForm = request.Facts.ModelField is { } field && !model.Sent.IsEmpty ? [new BodySplice(field.Offset, field.Length, model.Sent)] : [];
        return answer is null && inForm.Length == 0 ? null : new CallEdits(inForm, answer, null);
    }

    private CallEdits? Splice(RequestFacts facts, ModelEdit model, bool asksFloats, AnswerEdits? answer)
    {
        IReadOnlyList<BodyMember> members = facts.Members;
        List<BodyMember> gone = [.. members.Where(member => IsRemoved(member) || (model.IsRemoved && member.Name == EditedParameters.Model))];
        List<BodySplice> splices = [.. BodySplice.Remove(gone)];
        foreach (BodyMember member in members.Except(gone))
        {
            ReadOnlyMemory<byte> value = member.Name switch
            {
                EditedParameters.Model => model.Sent,
                EditedParameters.EncodingFormat when asksFloats => Float,
                _ => default,
            };
            if (!value.IsEmpty)
            {
                splices.Add(BodySplice.Replace(member, value));
            }
        }

        if (answer is { HidesUsage: true })
        {
            splices.Add(facts.UsagePlace.ToSplice());
        }

        // What is put in goes before what is left out at the same place.
        splices.Sort(static (a, b) => (a.Offset, a.Length).CompareTo((b.Offset, b.Length)));
        string removed = string.Join(',', gone.Where(IsRemoved).Select(static member => HeaderText(member.Name)));
        return answer is null && splices.Count == 0 ? null : new CallEdits(splices, answer, removed.Length == 0 ? null : removed);
    }

    private bool IsRemoved(BodyMember member) =>
        _removed.Contains(member.Name)
        && !(_keepsBooleans && member.Name == EditedParameters.ParallelToolCalls
            && member.Value is System.Text.Json.JsonTokenType.True or System.Text.Json.JsonTokenType.False);

    private static string HeaderText(string name) => ValueRules.IsHeaderSafe(name) ? name : Uri.EscapeDataString(name);
}
