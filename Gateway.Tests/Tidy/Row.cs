namespace Gateway.Tests.Tidy;

/// <summary>One line of the project's two lists: what is promised (<c>req</c>) and what must hold when something breaks (<c>row</c>).</summary>
/// <param name="Id">Unique inside its list only: a test names the list too, <c>[Trait("req", "P3")]</c> or <c>[Trait("row", "S3")]</c>.</param>
/// <param name="Rest">What of the row no test of this project shows, and where it is shown instead or why it cannot be.</param>
internal sealed record Row(string Id, string Title, string? Rest = null);
