using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Training.Loop;
using TorchSharp;

namespace AdaptiveInference.ML.Tests.Training.Loop;

[TestClass]
public sealed class TrainingPrecisionTests
{
    [TestMethod]
    public void Choose_Off_IsSingle()
    {
        Assert.IsFalse(TrainingPrecision.Choose(false, DeviceType.CPU).IsMixed);
        Assert.IsFalse(TrainingPrecision.Choose(false, DeviceType.CUDA).IsMixed);
    }

    [TestMethod]
    public void Choose_On_IsMixedWhereThereAreInstructionsAndRefusedElsewhere()
    {
        var onProcessor = TrainingPrecision.Choose(true, DeviceType.CPU);

        Assert.AreEqual(BFloat16Instructions.AreOnProcessor, onProcessor.IsMixed);
        Assert.AreNotEqual(onProcessor.IsMixed, onProcessor.IsRefusal);
        Assert.IsTrue(TrainingPrecision.Choose(true, DeviceType.CUDA).IsMixed);
    }

    [TestMethod]
    public void Choose_LeftOpen_IsSingleAndNamesWhatIsFaster()
    {
        var onProcessor = TrainingPrecision.Choose(null, DeviceType.CPU);

        Assert.IsFalse(onProcessor.IsMixed);
        Assert.IsFalse(onProcessor.IsRefusal);
        Assert.AreEqual(
            BFloat16Instructions.MultiplyOnProcessor, onProcessor.Reason.Contains("MixedPrecision = true", StringComparison.Ordinal));
        Assert.IsFalse(TrainingPrecision.Choose(null, DeviceType.CUDA).IsMixed);
    }

    [TestMethod]
    public void Choose_LeftOpen_GoesOnAsTheTrainingBegan()
    {
        Assert.IsFalse(TrainingPrecision.Choose(null, DeviceType.CPU, begun: false).IsMixed);
        Assert.IsTrue(TrainingPrecision.Choose(null, DeviceType.CUDA, begun: true).IsMixed);
        if (BFloat16Instructions.AreOnProcessor)
        {
            Assert.IsTrue(TrainingPrecision.Choose(null, DeviceType.CPU, begun: true).IsMixed);
        }
        else
        {
            var error = Assert.ThrowsExactly<InvalidOperationException>(() => TrainingPrecision.Choose(null, DeviceType.CPU, begun: true));
            StringAssert.Contains(error.Message, "The interrupted training began in bfloat16", StringComparison.Ordinal);
        }
    }

    [TestMethod]
    public void Choose_Chosen_IsAsChosenHoweverTheTrainingBegan()
    {
        Assert.IsFalse(TrainingPrecision.Choose(false, DeviceType.CUDA, begun: true).IsMixed);
        Assert.IsTrue(TrainingPrecision.Choose(true, DeviceType.CUDA, begun: false).IsMixed);
    }

    [TestMethod]
    [DataRow("true", true)]
    [DataRow("false", false)]
    [DataRow("none", null)]
    [DataRow("", null)]
    public void Of_Fingerprint_IsWhatItSays(string text, bool? expected)
        => Assert.AreEqual(expected, TrainingPrecision.Of(new Dictionary<string, string> { ["MixedPrecision"] = text }));

    [TestMethod]
    public void Of_NothingOrAnotherFingerprint_IsNull()
    {
        Assert.IsNull(TrainingPrecision.Of(null));
        Assert.IsNull(TrainingPrecision.Of(new Dictionary<string, string> { ["Epochs"] = "3" }));
    }
}
