using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Training.Loop;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training.Loop;

[TestClass]
public sealed class TrainingPrecisionTests
{
    [TestMethod]
    public void Choose_Off_IsSingle()
    {
        LibTorchRuntime.Start();
        Assert.IsFalse(TrainingPrecision.Choose(false, CPU).IsMixed);
        Assert.IsFalse(TrainingPrecision.Choose(false, CUDA).IsMixed);
    }

    [TestMethod]
    public void Choose_On_IsMixedWhereThereAreInstructionsAndRefusedElsewhere()
    {
        LibTorchRuntime.Start();
        var onProcessor = TrainingPrecision.Choose(true, CPU);

        Assert.AreEqual(BFloat16Instructions.AreOnProcessor, onProcessor.IsMixed);
        Assert.AreNotEqual(onProcessor.IsMixed, onProcessor.IsRefusal);
        Assert.IsTrue(TrainingPrecision.Choose(true, CUDA).IsMixed);
    }

    [TestMethod]
    public void Choose_LeftToTheProcessor_IsNeverARefusal()
    {
        LibTorchRuntime.Start();
        var onProcessor = TrainingPrecision.Choose(null, CPU);

        Assert.AreEqual(BFloat16Instructions.MultiplyOnProcessor, onProcessor.IsMixed);
        Assert.IsFalse(onProcessor.IsRefusal);
        Assert.IsFalse(TrainingPrecision.Choose(null, CUDA).IsMixed);
    }
}
