using System.Globalization;
using Gateway.Configuration;
using Gateway.Recording.Metrics;
using Gateway.Tests.Support;
using Xunit;

namespace Gateway.Tests.Recording.Metrics;

/// <summary>Which models make a label.</summary>
public class ModelLabelTests
{
    [Fact]
    [Trait("row", "M1")]
    public void Of_ManyServedModels_TheFirstOnesUpToTheBoundKeepTheirName()
    {
        ModelLabel labels = Labels();

        string[] all = [.. Enumerable.Range(0, 100_000).Select(i => labels.Of(string.Create(CultureInfo.InvariantCulture, $"model-{i}"), isServed: true))];

        Assert.Equal(ModelLabel.MaxModels + 1, all.Distinct().Count());
        Assert.Equal("model-0", all[0]);
        Assert.All(all[ModelLabel.MaxModels..], static label => Assert.Equal("other", label));
        Assert.Equal("model-7", labels.Of("model-7", isServed: false));
    }

    [Fact]
    [Trait("row", "M1")]
    public void Of_ModelThatNobodyServed_TakesNoPlace()
    {
        ModelLabel labels = Labels();

        Assert.All(Enumerable.Range(0, 1000), i => Assert.Equal("other", labels.Of(string.Create(CultureInfo.InvariantCulture, $"guess-{i}"), isServed: false)));

        Assert.Equal("real", labels.Of("real", isServed: true));
        Assert.Equal("real", labels.Of("real", isServed: false));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\"b")]
    [InlineData("a\\b")]
    [InlineData("a\nb")]
    [InlineData("a{b}")]
    [InlineData("a\0")]
    [InlineData("é")]
    [InlineData("\ud800")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789")]
    [Trait("row", "M2")]
    public void Of_WhatDoesNotLookLikeAName_IsOther(string model) => Assert.Equal("other", Labels().Of(model, isServed: true));

    [Fact]
    public void Of_NoModel_IsNone() => Assert.Equal("none", Labels().Of(null, isServed: true));

    [Fact]
    public void Of_ConfiguredModels_HaveTheirNamesWhateverWasLearnedBefore()
    {
        GatewayOptions options = Options(["named"]);
        var snapshot = new OptionsSnapshot(options);
        var labels = new ModelLabel(snapshot);
        for (int i = 0; i < 2 * ModelLabel.MaxModels; i++)
        {
            labels.Of(string.Create(CultureInfo.InvariantCulture, $"model-{i}"), isServed: true);
        }

        Assert.Equal("named", labels.Of("named", isServed: false));
        Assert.Equal("other", labels.Of("late", isServed: true));
        snapshot.Publish(Options(["late"]));

        Assert.Equal("late", labels.Of("late", isServed: false));
        Assert.Equal("model-0", labels.Of("model-0", isServed: false));
    }

    private static ModelLabel Labels() => new(new OptionsSnapshot(Options([])));

    private static GatewayOptions Options(IReadOnlyList<string> models)
    {
        GatewayOptions options = GatewayHost.ThreeTiers(new Uri("http://127.0.0.1:1/"), slots: 1);
        return options with { Instances = [options.Instances[0] with { SupportedModels = models }] };
    }
}
