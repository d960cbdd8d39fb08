using AdaptiveInference.ML.Transforms;
using Microsoft.ML;

namespace AdaptiveInference.ML.Tests;

/// <summary>What each wrong option says. All checks happen when the trainer is made.</summary>
[TestClass]
public sealed class TrainerOptionsTests
{
    private static readonly SkipNetTrainer.Options SkipNet = new();
    private static readonly ConvNetAigTrainer.Options Aig = new() { Architecture = ResNetArchitecture.Cifar(8) };

    [TestMethod]
    [DataRow(-1, "SkipNetTrainer.Options: BatchSize must be at least 2, got -1.")]
    [DataRow(0, "SkipNetTrainer.Options: BatchSize must be at least 2, got 0.")]
    [DataRow(1, "SkipNetTrainer.Options: BatchSize must be at least 2, got 1.")]
    public void Create_BatchSizeTooSmall_Throws(int size, string message) => AssertThrows(message, SkipNet with { BatchSize = size });

    [TestMethod]
    public void Create_NegativeEpochs_Throws()
        => AssertThrows("SkipNetTrainer.Options: Epochs must be at least 1, got -5.", SkipNet with { Epochs = -5 });

    [TestMethod]
    public void Create_NegativeReinforcementEpochs_Throws()
        => AssertThrows(
            "SkipNetTrainer.Options: ReinforcementEpochs must be at least 0, got -1.", SkipNet with { ReinforcementEpochs = -1 });

    [TestMethod]
    [DataRow(1f, "SkipNetTrainer.Options: ValidationFraction must be from 0 to less than 1, got 1.")]
    [DataRow(-0.5f, "SkipNetTrainer.Options: ValidationFraction must be from 0 to less than 1, got -0.5.")]
    [DataRow(float.NaN, "SkipNetTrainer.Options: ValidationFraction must be from 0 to less than 1, got NaN.")]
    public void Create_ValidationFractionOutOfRange_Throws(float fraction, string message)
        => AssertThrows(message, SkipNet with { ValidationFraction = fraction });

    [TestMethod]
    [DataRow(0f)]
    [DataRow(-0.1f)]
    [DataRow(float.PositiveInfinity)]
    [DataRow(float.NaN)]
    public void Create_LearningRateNotPositive_Throws(float rate)
        => AssertThrows(
            FormattableString.Invariant($"SkipNetTrainer.Options: LearningRate must be a finite number above 0, got {rate}."),
            SkipNet with { LearningRate = rate });

    [TestMethod]
    public void Create_UnknownDevice_Throws()
        => AssertThrows("SkipNetTrainer.Options: Device must be 'cpu', 'cuda' or 'cuda:N', got 'gpu'.", SkipNet with { Device = "gpu" });

    [TestMethod]
    public void Create_SeveralFaults_ListsAll()
        => AssertThrows(
            "SkipNetTrainer.Options has 3 faults: Epochs must be at least 1, got 0. Momentum must be from 0 to less than 1, got 1. "
            + "ComputePenalty must be a finite number of 0 or more, got -1.",
            SkipNet with { Epochs = 0, Momentum = 1, ComputePenalty = -1 });

    [TestMethod]
    public void Create_InformationWeightNegative_Throws()
    {
        AssertThrows(
            "SkipNetTrainer.Options: InformationWeight must be a finite number of 0 or more, got -1.",
            SkipNet with { InformationWeight = -1 });
        AssertThrows(
            "ConvNetAigTrainer.Options: InformationWeight must be a finite number of 0 or more, got -1.",
            Aig with { InformationWeight = -1 });
    }

    [TestMethod]
    public void Create_EmptyColumnName_Throws()
        => AssertThrows("SkipNetTrainer.Options: LabelColumnName must name a column, got ' '.", SkipNet with { LabelColumnName = " " });

    [TestMethod]
    public void Create_SameNameForTwoOutputs_Throws()
        => AssertThrows(
            "SkipNetTrainer.Options: Output columns must have different names, got 'Score' twice.",
            SkipNet with { ComputeFractionColumnName = "Score" });

    [TestMethod]
    public void Create_OutputNamedAsAnInput_Throws()
    {
        AssertThrows(
            "SkipNetTrainer.Options: PredictedLabelColumnName must not be 'Label', which holds the true labels and would be hidden. "
            + "Choose another "
            + "name.",
            SkipNet with { PredictedLabelColumnName = "Label" });
        AssertThrows(
            "ConvNetAigTrainer.Options has 2 faults: ScoreColumnName must not be 'Image', which holds the images and would be hidden. "
            + "Choose another "
            + "name. ComputeFractionColumnName must not be 'Class', which holds the true labels and would be hidden. Choose another name.",
            Aig with
            {
                FeatureColumnName = "Image", ScoreColumnName = "Image", LabelColumnName = "Class", ComputeFractionColumnName = "Class",
            });
    }

    [TestMethod]
    public void Create_ComputeTargetAboveOne_Throws()
        => AssertThrows(
            "SkipNetTrainer.Options: TargetComputeFraction must be above 0 and at most 1, or null, got 1.5.",
            SkipNet with { TargetComputeFraction = 1.5f });

    [TestMethod]
    public void Create_EarlyStoppingWithoutValidation_Throws()
        => AssertThrows(
            "SkipNetTrainer.Options: EarlyStopping needs validation data. Set ValidationSet, or ValidationFraction to more than 0.",
            SkipNet with { EarlyStopping = new EarlyStopping(), ValidationFraction = 0 });

    [TestMethod]
    public void Create_PatienceZero_Throws()
        => AssertThrows(
            "SkipNetTrainer.Options: EarlyStopping.Patience must be at least 1, got 0.",
            SkipNet with { EarlyStopping = new EarlyStopping { Patience = 0 } });

    [TestMethod]
    public void Create_ExitAfterLastBlock_Throws()
        => AssertThrows(
            "SkipNetTrainer.Options: Exits.AfterBlocks must be increasing block indices from 0 to 1 of ResNet-8 (CIFAR), got [0, 2].",
            SkipNet with { Architecture = ResNetArchitecture.Cifar(8), Exits = new ExitOptions { AfterBlocks = [0, 2] } });

    [TestMethod]
    public void Create_OneBlock_SaysWhatNeedsMore()
    {
        var one = ResNetArchitecture.ImageNet([1]);
        AssertThrows(
            "SkipNetTrainer.Options: A SkipNet needs at least 2 blocks, because its first has no gate, and "
            + "ResNet-4 (ImageNet, blocks [1]) has one. Use more, or ResNet.",
            SkipNet with { Architecture = one });
        const string exits = "Exits stand after blocks that are not the last, and ResNet-4 (ImageNet, blocks [1]) has one block. "
            + "Leave Exits out, or use more blocks.";
        AssertThrows("ConvNetAigTrainer.Options: " + exits, Aig with { Architecture = one, Exits = new ExitOptions() });
        AssertThrows(
            "ResNetTrainer.Options: " + exits,
            new ResNetTrainer.Options { Architecture = one, Exits = new ExitOptions { AfterBlocks = [0] } });
    }

    [TestMethod]
    public void Create_AMillionExits_SaysTheFirst()
        => Assert.IsLessThan(
            500,
            Assert.ThrowsExactly<ArgumentException>(() => Trainers.Create(
                new MLContext(), SkipNet with { Exits = new ExitOptions { AfterBlocks = new int[1_000_000] } })).Message.Length);

    [TestMethod]
    [DataRow(1.5f, "ConvNetAigTrainer.Options: TargetRate must be from 0 to 1, got 1.5.")]
    [DataRow(-0.1f, "ConvNetAigTrainer.Options: TargetRate must be from 0 to 1, got -0.1.")]
    [DataRow(float.NaN, "ConvNetAigTrainer.Options: TargetRate must be from 0 to 1, got NaN.")]
    public void Create_TargetRateOutOfRange_Throws(float rate, string message) => AssertThrows(message, Aig with { TargetRate = rate });

    [TestMethod]
    public void Create_WrongNumberOfTargetRates_Throws()
        => AssertThrows(
            "ConvNetAigTrainer.Options: TargetRates must have one rate for each of the 3 blocks of ResNet-8 (CIFAR), got 2.",
            Aig with { TargetRates = [0.5f, 0.5f] });

    [TestMethod]
    public void Create_OneOfTargetRatesOutOfRange_NamesIt()
        => AssertThrows(
            "ConvNetAigTrainer.Options: TargetRates[1] must be from 0 to 1, got 2.", Aig with { TargetRates = [0.5f, 2f, 0.5f] });

    [TestMethod]
    public void Create_TemperatureZero_Throws()
        => AssertThrows(
            "ConvNetAigTrainer.Options: Temperature must be a finite number above 0, got 0.", Aig with { Temperature = 0 });

    [TestMethod]
    public void Create_BlockDropRateOne_Throws()
        => AssertThrows(
            "ResNetTrainer.Options: BlockDropRate must be from 0 to less than 1, got 1.", new ResNetTrainer.Options { BlockDropRate = 1 });

    [TestMethod]
    public void Create_DefaultOptions_Works()
    {
        var trainers = new MLContext().MulticlassClassification.Trainers;
        Assert.IsNotNull(trainers.SkipNet());
        Assert.IsNotNull(trainers.ConvNetAig());
        Assert.IsNotNull(trainers.ResNet());
    }

    [TestMethod]
    public void Create_NoOptions_Throws()
        => Assert.ThrowsExactly<ArgumentNullException>(() => new MLContext().MulticlassClassification.Trainers.SkipNet(null!));

    private static void AssertThrows(string message, GatedResNetTrainerOptions options)
        => Assert.AreEqual(message, Assert.ThrowsExactly<ArgumentException>(() => Trainers.Create(new MLContext(), options)).Message);
}
