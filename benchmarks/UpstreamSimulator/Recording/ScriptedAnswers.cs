namespace UpstreamSimulator.Recording;

/// <summary>The answers that tests take over.</summary>
internal sealed class ScriptedAnswers
{
    private volatile Func<HttpContext, Task<bool>>[] _beforeBody = [];
    private volatile Func<HttpContext, Task<bool>>[] _afterBody = [];
    private readonly Lock _lock = new();

    public void Add(Func<HttpContext, Task<bool>> script, bool beforeBody)
    {
        lock (_lock)
        {
            if (beforeBody) _beforeBody = [script, .. _beforeBody];
            else _afterBody = [script, .. _afterBody];
        }
    }

    public void Clear()
    {
        lock (_lock) _beforeBody = _afterBody = [];
    }

    /// <summary>Offers the request to the scripts, the newest first; true when one of them answered.</summary>
    public async ValueTask<bool> TryAnswerAsync(HttpContext context, bool beforeBody)
    {
        foreach (Func<HttpContext, Task<bool>> script in beforeBody ? _beforeBody : _afterBody)
        {
            if (await script(context)) return true;
        }

        return false;
    }

    /// <summary>Whether a script wants to see the body.</summary>
    public bool WantBody => _afterBody.Length > 0;
}
