using System.Net.Sockets;
using Load.Driver.Http;

namespace Load.Driver.Scenarios;

/// <summary>What counts as an error of the target, the same in every scenario.</summary>
internal static class Expectation
{
    public static void Check(Answer answer, int minimumEvents)
    {
        if (answer.Status != 200)
            throw new BrokenAnswerException($"status {answer.Status}");
        if (minimumEvents > 0 && (answer.Events < minimumEvents || !answer.SaidDone))
            throw new BrokenAnswerException($"incomplete stream: {answer.Events} events, {(answer.SaidDone ? "with" : "without")} [DONE]");
        if (minimumEvents == 0 && answer.BodyBytes == 0)
            throw new BrokenAnswerException("empty answer");
    }

    /// <summary>Errors to count. Everything else is a mistake of the driver and ends the run.</summary>
    public static bool IsFailure(Exception error) =>
        error is SocketException or IOException or ObjectDisposedException or BrokenAnswerException or OperationCanceledException;
}
