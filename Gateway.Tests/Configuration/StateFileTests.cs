using System.Net.Sockets;
using Gateway.Configuration;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>The state file is replaced whole, every minute: what is no file would be gone.</summary>
public sealed class StateFileTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("pipe")]
    [InlineData("folder")]
    [InlineData("socket")]
    [InlineData("link-to-pipe")]
    [InlineData("link-to-folder")]
    public void Load_StateFileIsNoFile_NamesTheKeyAndTheFix(string name)
    {
        NamedPipe.Make(At("pipe"));
        Directory.CreateDirectory(At("folder"));
        File.CreateSymbolicLink(At("link-to-pipe"), "pipe");
        File.CreateSymbolicLink(At("link-to-folder"), "folder");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(At("socket")));

        ConfigurationError error = Assert.Single(Load(name).Errors);

        Assert.Equal("state_file", error.Key);
        Assert.Contains("no regular file", error.Message, StringComparison.Ordinal);
        Assert.Contains("empty", error.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("link-to-file")]
    [InlineData("link-to-nothing")]
    [InlineData("nothing")]
    [InlineData("missing/nothing")]
    [InlineData("")]
    public void Load_StateFileIsAFileOrNotYet_IsTaken(string name)
    {
        _folder.Write("file", "");
        File.CreateSymbolicLink(At("link-to-file"), "file");
        File.CreateSymbolicLink(At("link-to-nothing"), "nowhere");

        LoadResult result = Load(name);

        Assert.Empty(result.Errors);
        Assert.Equal(name, result.Options!.StateFile);
    }

    private string At(string name) => Path.Combine(_folder.Root, name);

    private LoadResult Load(string stateFile)
    {
        _folder.Write("config.json", $$"""{ "state_file": "{{stateFile}}" }""");
        return _folder.Load();
    }
}
