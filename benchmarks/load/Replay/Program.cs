namespace Load.Replay;

internal static class Program
{
    private static int Main(string[] args) => ReplayCommand.Run(args, Console.Out, Console.Error);
}
