using Gateway.Tests.Fuzzing.Targets;

namespace Gateway.Tests.Fuzzing;

/// <summary>All targets. Each run makes its own.</summary>
internal static class FuzzTargets
{
    private static readonly Func<FuzzTarget>[] Makers =
    [
        static () => new RequestBodyTarget(), static () => new PromptTokensTarget(), static () => new FormTarget(), static () => new RequestTargetTarget(),
        static () => new CredentialTarget(), static () => new AnswerReadersTarget(), static () => new AnswerEditorTarget(), static () => new EventRelayTarget(),
        static () => new LimitHeadersTarget(), static () => new QuantitiesTarget(), static () => new ConfigurationTarget("json"), static () => new ConfigurationTarget("yaml"),
        static () => new EnvironmentTarget(), static () => new LineProtocolTarget(), static () => new StateFileTarget(), static () => new PointFileTarget(), static () => new SealedAnswerTarget(),
        static () => new TraceHeadersTarget(), static () => new WebSocketFramesTarget(), static () => new RequestHeadTarget(), static () => new UpstreamAnswerTarget(),
    ];

    public static IReadOnlyList<(string Name, Func<FuzzTarget> Make)> All { get; } = [.. Makers.Select(static make => (make().Name, make))];
}
