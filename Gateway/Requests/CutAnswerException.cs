namespace Gateway.Requests;

/// <summary>
/// Ends an answer that was begun and must not look whole. To the server it is a bug of the application: it sends what it has been given and closes the
/// connection without the answer's end. An abort would throw away what is not sent yet, which may be all of it.
/// </summary>
internal sealed class CutAnswerException() : Exception("The answer broke off upstream, and so it does here.");
