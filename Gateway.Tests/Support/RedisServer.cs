using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.Support;

/// <summary>A real redis-server of a test's own, on a port of its own, that keeps nothing on disk.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private readonly string[] _arguments;
    private readonly string? _password;
    private ServerProcess _process;

    private RedisServer(int port, string? password, string[] arguments)
    {
        (Port, _password, _arguments) = (port, password, arguments);
        _process = Launch([]);
    }

    public int Port { get; }

    public string Url => _password is null ? $"redis://127.0.0.1:{Port}" : $"redis://:{_password}@127.0.0.1:{Port}";

    public static async Task<RedisServer> StartAsync(string? password = null, params string[] arguments)
    {
        var server = new RedisServer(FreePorts.One(), password, arguments);
        await server.WaitUntilUpAsync();
        return server;
    }

    /// <summary>As <c>kill -9</c> does.</summary>
    public void Kill() => _process.Kill();

    /// <summary>It keeps its connections and says nothing more.</summary>
    public void Stop() => _process.Stop();

    public void Continue() => _process.Continue();

    /// <summary>Again on the same port, with nothing in it.</summary>
    public async Task RestartAsync(params string[] arguments)
    {
        await _process.DisposeAsync();
        _process = Launch(arguments);
        await WaitUntilUpAsync();
    }

    /// <summary>One command over a connection of its own; the reply as it came.</summary>
    public async Task<string> CommandAsync(params string[] words)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port).Soon();
        NetworkStream stream = client.GetStream();
        if (_password is not null)
        {
            await AskAsync(stream, ["AUTH", _password]);
        }

        return await AskAsync(stream, words);
    }

    /// <summary>Names of all keys.</summary>
    public async Task<IReadOnlyList<string>> KeysAsync() =>
        [.. (await CommandAsync("KEYS", "*")).Split("\r\n").Where(static line => line.Length > 0 && line[0] is not ('*' or '$'))];

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<string> AskAsync(NetworkStream stream, string[] words)
    {
        var request = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{words.Length}\r\n");
        foreach (string word in words)
        {
            request.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        }

        await stream.WriteAsync(Encoding.UTF8.GetBytes(request.ToString()));
        return await RespReply.ReadAsync(stream).Soon();
    }

    private ServerProcess Launch(string[] more) => ServerProcess.Start("redis-server", _ =>
    [
        "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
        .. _password is null ? (string[])[] : ["--requirepass", _password], .. _arguments, .. more,
    ]);

    private async Task WaitUntilUpAsync()
    {
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                return await CommandAsync("PING") is not "";
            }
            catch (SocketException)
            {
                return false;
            }
        });
    }
}
