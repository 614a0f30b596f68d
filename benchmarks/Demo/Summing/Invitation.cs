namespace Demo.Summing;

/// <summary>How to go on from here.</summary>
internal static class Invitation
{
    public const string Text = """

        Try it yourself: port 8080 is urgent, 8081 normal, 8082 batch
          OPENAI_API_KEY=sk-... make run          (another server: OPENAI_API_URL=...)
          curl localhost:8080/v1/chat/completions -H 'content-type: application/json' \
            -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello"}]}'
        No key? Put this demo's server behind the gateway, and then curl as above:
          dotnet run -c Release --project benchmarks/UpstreamSimulator &
          OPENAI_API_URL=http://127.0.0.1:9900/v1 make run
        """;
}
