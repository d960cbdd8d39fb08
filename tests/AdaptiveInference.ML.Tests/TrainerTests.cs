using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Tests;

/// <summary>What holds for all trainers, on synthetic images; what they learn is tested on real ones.</summary>
[TestClass]
public sealed class TrainerTests
{
    private static readonly ResNetArchitecture Small = ResNetArchitecture.Cifar(8);

    public static IEnumerable<object[]> AllTrainers =>
    [
        [new ResNetTrainer.Options { Architecture = Small, Epochs = 5, BatchSize = 32, Seed = 3, Augmentation = ImageAugmentation.None }],
        [
            new SkipNetTrainer.Options
            {
                Architecture = Small, Epochs = 5, ReinforcementEpochs = 1, BatchSize = 32, Seed = 3, Augmentation = ImageAugmentation.None,
            },
        ],
        [
            new ConvNetAigTrainer.Options
            {
                Architecture = Small, Epochs = 5, BatchSize = 32, Seed = 3, Augmentation = ImageAugmentation.None,
            },
        ],
    ];

    [TestMethod]
    [DynamicData(nameof(AllTrainers))]
    public void Fit_SameSeedTwice_GivesTheSameWeightsAndAnotherSeedOthers(GatedResNetTrainerOptions options)
    {
        var context = new MLContext(1);
        var data = SyntheticImages.View(context, SyntheticImages.Rows(150));
        var trainer = Trainers.Create(context, options with { Epochs = 2 });
        using var first = trainer.Fit(data);
        using var second = trainer.Fit(data);
        using var other = Trainers.Create(context, options with { Epochs = 2, Seed = 4 }).Fit(data);
        CollectionAssert.AreEqual(Weights(first), Weights(second));
        CollectionAssert.AreNotEqual(Weights(first), Weights(other));
    }

    [TestMethod]
    [DynamicData(nameof(AllTrainers))]
    public void GetOutputSchema_FittedModel_HasTheColumnsThatWerePromised(GatedResNetTrainerOptions options)
    {
        var context = new MLContext(1);
        var data = SyntheticImages.View(context, SyntheticImages.Rows(60));
        var trainer = Trainers.Create(context, options with { Epochs = 1 });
        var promised = trainer.GetOutputSchema(Transforms.Interop.SchemaShapes.Of(data.Schema));
        using var model = trainer.Fit(data);
        var made = Transforms.Interop.SchemaShapes.Of(model.GetOutputSchema(data.Schema));
        Assert.AreEqual(Describe(made), Describe(promised));
    }

    [TestMethod]
    public void Info_OfEveryTrainer_AsksForNothing()
    {
        var trainers = new MLContext().MulticlassClassification.Trainers;
        foreach (var info in (TrainerInfo[])[trainers.SkipNet().Info, trainers.ConvNetAig().Info, trainers.ResNet().Info])
        {
            Assert.IsFalse(info.NeedNormalization);
            Assert.IsFalse(info.WantCaching);
        }
    }

    [TestMethod]
    [DataRow(64, false)]
    [DataRow(24, true)]
    public void Fit_NetworkWithoutAName_TrainsThatNetworkAndTheOneAfterStartsFromIt(int width, bool stridesFirst)
    {
        var context = new MLContext(1);
        var data = SyntheticImages.View(context, SyntheticImages.Rows(60));
        var architecture = ResNetArchitecture.ImageNet([1, 2], bottleneck: true).WithStemWidth(width);
        architecture = stridesFirst ? architecture.WithStrideInFirstConvolution() : architecture;
        using var backbone = Trainers.Create(
            context, new ResNetTrainer.Options { Architecture = architecture, Epochs = 1, BatchSize = 32, Seed = 3 }).Fit(data);

        using var model = Trainers.Create(
            context,
            new SkipNetTrainer.Options
            {
                Architecture = architecture, InitialModel = backbone, Epochs = 1, ReinforcementEpochs = 1, BatchSize = 32, Seed = 3,
            }).Fit(data);

        Assert.AreEqual(architecture, model.Architecture);
        Assert.HasCount(3, model.Blocks);
        Assert.IsGreaterThan(1.0 / 4, context.MulticlassClassification.EvaluateAdaptive(model.Transform(data)).MeanComputeFraction);
    }

    private static string Describe(SchemaShape shape) => string.Join('\n', shape.Select(column =>
        $"{NameAndType(column)} [{string.Join(", ", column.Annotations.OrderBy(a => a.Name).Select(NameAndType))}]").Order());

    private static string NameAndType(SchemaShape.Column column) => $"{column.Name}: {Transforms.Interop.SchemaShapes.TypeOf(column)}";

    private static float[] Weights(GatedResNetTransformer model)
        => [.. model.Model.Weights.Layout.SelectMany(tensor => model.Model.Weights[tensor.Name].ToArray())];
}
