using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Listeners;

/// <summary>
/// Takes no more connections from the system than there are files for: callers that come faster than they can be turned away wait in the system's
/// backlog, where they cost us none.
/// </summary>
/// <param name="transport">Makes the sockets.</param>
/// <param name="most">Connections that may be open at once, on all ports together, those that are just being turned away included.</param>
[SuppressMessage("Design", "CA1001", Justification = "Connections give their places back until the very end, and a semaphore without a wait handle holds nothing.")]
internal sealed class BoundedAccept(IConnectionListenerFactory transport, int most) : IConnectionListenerFactory
{
    private readonly SemaphoreSlim _free = new(most);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Port(await transport.BindAsync(endpoint, cancellationToken), _free);

    private sealed class Port(IConnectionListener port, SemaphoreSlim free) : IConnectionListener
    {
        private readonly CancellationTokenSource _unbound = new();

        public EndPoint EndPoint => port.EndPoint;

        /// <summary>Null once nobody is to come any more.</summary>
        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                await free.WaitAsync(_unbound.Token);
            }
            catch (OperationCanceledException)
            {
                return null;
            }

            ConnectionContext? caller = null;
            try
            {
                caller = await port.AcceptAsync(cancellationToken);
            }
            finally
            {
                if (caller is null)
                {
                    free.Release();
                }
            }

            caller?.ConnectionClosed.UnsafeRegister(static state => ((SemaphoreSlim)state!).Release(), free);
            return caller;
        }

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            await _unbound.CancelAsync();
            await port.UnbindAsync(cancellationToken);
        }

        public async ValueTask DisposeAsync()
        {
            await port.DisposeAsync();
            _unbound.Dispose();
        }
    }
}
