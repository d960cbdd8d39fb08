using AdaptiveInference.ML.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AdaptiveInference.ML.Tests;

[TestClass]
public sealed class InitialModelTests
{
    private const float AlmostNoLearning = 1e-12f;

    private static readonly ResNetTrainer.Options Static = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), Epochs = 1, BatchSize = 16, Seed = 1, Momentum = 0, WeightDecay = 0,
    };

    private static readonly SkipNetTrainer.Options SkipNet = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), Epochs = 1, ReinforcementEpochs = 0, BatchSize = 16, Seed = 2, Momentum = 0, WeightDecay = 0,
        LearningRate = AlmostNoLearning,
    };

    private readonly MLContext _context = new(1);

    [TestMethod]
    public void Fit_SameNetwork_TakesAllWeightsAndChannelStatistics()
    {
        using var initial = Fit(Static, SyntheticImages.Rows(40));
        using var model = Fit(Static with { Seed = 2, LearningRate = AlmostNoLearning, InitialModel = initial }, SyntheticImages.Rows(40, seed: 5));
        AssertSame(initial, model, name => !name.Contains("running", StringComparison.Ordinal));
        CollectionAssert.AreEqual(initial.Model.Channels.Mean.ToArray(), model.Model.Channels.Mean.ToArray());
        CollectionAssert.AreEqual(initial.Model.Channels.StandardDeviation.ToArray(), model.Model.Channels.StandardDeviation.ToArray());
    }

    [TestMethod]
    public void Fit_SkipNetFromStatic_TakesBackboneAndHeadAndFreshGates()
    {
        using var initial = Fit(Static, SyntheticImages.Rows(40));
        using var model = Fit(SkipNet with { InitialModel = initial }, SyntheticImages.Rows(40));
        AssertSame(initial, model, name => !name.Contains("running", StringComparison.Ordinal));
        Assert.IsTrue(model.Model.Weights.Contains("layer2.0.gate.embed.weight"));
    }

    [TestMethod]
    public void Fit_OtherNumberOfClasses_TakesBackboneAndFreshHead()
    {
        using var initial = Fit(Static, SyntheticImages.Rows(60).Where(row => row.Label != "down"));
        using var model = Fit(Static with { LearningRate = AlmostNoLearning, InitialModel = initial }, SyntheticImages.Rows(60));
        AssertSame(
            initial, model, name => !name.Contains("running", StringComparison.Ordinal) && !name.StartsWith("fc.", StringComparison.Ordinal));
        Assert.HasCount(3, model.ClassNames);
    }

    [TestMethod]
    public void Fit_OtherArchitecture_Throws()
    {
        using var initial = Fit(Static, SyntheticImages.Rows(40));
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => Fit(SkipNet with { Architecture = ResNetArchitecture.Cifar(14), InitialModel = initial }, SyntheticImages.Rows(40)));
        Assert.AreEqual(
            "InitialModel must be a ResNet-14 (CIFAR) as Architecture says, got a ResNet-8 (CIFAR). Set Architecture to that of the model.",
            error.Message);
    }

    [TestMethod]
    public void Fit_OtherChannels_Throws()
    {
        using var initial = Fit(Static, SyntheticImages.Rows(40));
        var colour = SyntheticImages.Rows(12).Select(row => new ColourRow { Label = row.Label, Features = [.. row.Features, .. row.Features, .. row.Features] });
        var error = Assert.ThrowsExactly<ArgumentException>(() => Fit(Static with { InitialModel = initial }, colour));
        Assert.AreEqual(
            "InitialModel must read images of 3 channels as the training data has, got a model of 1. Convert the images.",
            error.Message);
    }

    private GatedResNetTransformer Fit<T>(GatedResNetTrainerOptions options, IEnumerable<T> rows)
        where T : class
    {
        var data = _context.Data.LoadFromEnumerable(rows);
        return Trainers.Create(_context, options).Fit(_context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data));
    }

    private static void AssertSame(GatedResNetTransformer expected, GatedResNetTransformer actual, Func<string, bool> compared)
    {
        var names = expected.Model.Weights.Layout.Select(tensor => tensor.Name).Where(compared).ToList();
        Assert.IsGreaterThan(10, names.Count);
        foreach (var name in names)
        {
            var (a, b) = (expected.Model.Weights[name].ToArray(), actual.Model.Weights[name].ToArray());
            Assert.IsTrue(a.Zip(b).All(pair => Math.Abs(pair.First - pair.Second) < 1e-6), name);
        }
    }

    private sealed class ColourRow
    {
        public string Label { get; set; } = "";

        [VectorType(3, SyntheticImages.Side, SyntheticImages.Side)]
        public float[] Features { get; set; } = [];
    }
}
