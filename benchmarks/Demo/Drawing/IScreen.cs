using Demo.Observing;

namespace Demo.Drawing;

/// <summary>Shows a run while it happens.</summary>
internal interface IScreen : IDisposable
{
    void Show(Timeline timeline);

    /// <summary>The last picture, which stays.</summary>
    void End(Timeline timeline);
}
