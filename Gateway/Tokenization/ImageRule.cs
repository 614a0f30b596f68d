namespace Gateway.Tokenization;

/// <summary>What a picture costs a model, by OpenAI's documented rules: a base and so much for a tile of 512 pixels, or patches of 32 pixels.</summary>
/// <param name="Base">Tokens of any picture, and all of one in low detail.</param>
/// <param name="Tile">Tokens of a tile.</param>
/// <param name="PatchFactor">Tokens of a patch; 0 for models that see tiles.</param>
internal sealed record ImageRule(int Base, int Tile, double PatchFactor = 0)
{
    private const int MaxPatches = 1536;

    /// <summary>The first beginning that fits.</summary>
    private static readonly (string Beginning, ImageRule Rule)[] Rules =
    [
        ("gpt-4.1-mini", new(0, 0, 1.62)),
        ("gpt-4.1-nano", new(0, 0, 2.46)),
        ("gpt-5-mini", new(0, 0, 1.62)),
        ("gpt-5-nano", new(0, 0, 2.46)),
        ("o4-mini", new(0, 0, 1.72)),
        ("gpt-4o-mini", new(2833, 5667)),
        ("gpt-5", new(70, 140)),
        ("o1", new(75, 150)),
        ("o3", new(75, 150)),
        ("computer-use", new(65, 129)),
    ];

    private static readonly ImageRule Default = new(85, 170);

    public static ImageRule Of(string? model)
    {
        ReadOnlySpan<char> name = ModelVocabulary.BaseOf(model);
        foreach ((string beginning, ImageRule rule) in Rules)
        {
            if (name.StartsWith(beginning, StringComparison.OrdinalIgnoreCase))
            {
                return rule;
            }
        }

        return Default;
    }

    public long Tokens(ImageSize size, bool isLow) =>
        PatchFactor > 0 ? (long)Math.Ceiling(Patches(size) * PatchFactor)
        : isLow ? Base
        : Base + (Tile * Tiles(size));

    /// <summary>Made to fit 2048 x 2048, then the shorter side to 768; never larger.</summary>
    private static long Tiles(ImageSize size)
    {
        double fit = Math.Min(1, 2048.0 / Math.Max(size.Width, size.Height));
        double scale = fit * Math.Min(1, 768 / (fit * Math.Min(size.Width, size.Height)));
        return Parts(size.Width * scale, 512) * Parts(size.Height * scale, 512);
    }

    private static long Patches(ImageSize size)
    {
        long patches = Parts(size.Width, 32) * Parts(size.Height, 32);
        if (patches <= MaxPatches)
        {
            return patches;
        }

        double shrink = Math.Sqrt(32.0 * 32 * MaxPatches / ((double)size.Width * size.Height));
        double columns = size.Width * shrink / 32;
        double rows = size.Height * shrink / 32;
        shrink *= Math.Min(Math.Floor(columns) / columns, Math.Floor(rows) / rows);
        return Math.Clamp(Parts(size.Width * shrink, 32) * Parts(size.Height * shrink, 32), 1, MaxPatches);
    }

    /// <summary>Rounded up; a hair above a whole number comes from the scaling.</summary>
    private static long Parts(double pixels, int part) => Math.Max(1, (long)Math.Ceiling((pixels / part) - 1e-6));
}
