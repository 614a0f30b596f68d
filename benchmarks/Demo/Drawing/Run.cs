namespace Demo.Drawing;

/// <summary>A piece of text in one colour.</summary>
internal readonly record struct Run(string Text, Ink Ink);
