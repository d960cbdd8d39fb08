using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Recipes;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training.Recipes;

[TestClass]
public sealed class GatedComputeFractionTests
{
    [TestMethod]
    public void FractionOf_ResNet8ByHand_CountsShortcutsAndGatesAlwaysAndBodiesWhereTheyRan()
    {
        LibTorchRuntime.Start();
        using var scope = NewDisposeScope();

        // ResNet-8 on 1×28×28 with recurrent gates before the second and third block: 16, 32 and 64 channels at 28, 14 and 7 pixels.
        const double Stem = 16 * 9 * 784, First = 2 * 16 * 16 * 9 * 784, Head = 640;
        const double Second = ((32 * 16) + (32 * 32)) * 9 * 196, Third = ((64 * 32) + (64 * 64)) * 9 * 49;
        const double Shortcuts = (32 * 16 * 196) + (64 * 32 * 49), Gates = (16 * 10) + (32 * 10) + (2 * (800 + 10));
        const double Full = Stem + First + Second + Third + Shortcuts + Head;
        using var compute = new GatedComputeFraction(
            BlockPlan.Of(new NetworkSpec
            {
                Network = NetworkKind.SkipNet, Architecture = ResNetArchitecture.Cifar(8), Image = new ImageShape(1, 28, 28), Classes = 10,
            }),
            CPU);
        SampledGate[] gates =
        [
            new(1, zeros(3), tensor(new[] { 1f, 0f, 0f }), null), new(2, zeros(3), tensor(new[] { 0f, 1f, 0f }), null),
        ];

        var fractions = StepResults.Values(compute.FractionOf(gates, zeros(3)));

        const double Always = Stem + First + Shortcuts + Gates + Head;
        Assert.AreEqual((Always + Second) / Full, fractions[0], 1e-6);
        Assert.AreEqual((Always + Third) / Full, fractions[1], 1e-6);
        Assert.AreEqual(Always / Full, fractions[2], 1e-6);
        Assert.AreEqual(Always / Full, compute.Always, 1e-12);
    }

    [TestMethod]
    public void FractionOf_MeasuredCosts_CountsMicroseconds()
    {
        LibTorchRuntime.Start();
        using var scope = NewDisposeScope();
        var costs = new MeasuredCosts { BlockMicroseconds = [10, 20, 40], GateMicroseconds = [0, 1, 2], OtherMicroseconds = 30 };
        using var compute = new GatedComputeFraction(
            BlockPlan.Of(new NetworkSpec
            {
                Network = NetworkKind.SkipNet, Architecture = ResNetArchitecture.Cifar(8), Image = new ImageShape(1, 28, 28), Classes = 10,
            }),
            CPU,
            costs.ToTable());
        SampledGate[] gates =
        [
            new(1, zeros(3), tensor(new[] { 1f, 0f, 0f }), null), new(2, zeros(3), tensor(new[] { 0f, 1f, 0f }), null),
        ];

        var fractions = StepResults.Values(compute.FractionOf(gates, zeros(3)));

        // The first block of a SkipNet has no gate and always runs; a fraction of 1 is every block without gates.
        Assert.AreEqual(63.0 / 100, fractions[0], 1e-6);
        Assert.AreEqual(83.0 / 100, fractions[1], 1e-6);
        Assert.AreEqual(43.0 / 100, fractions[2], 1e-6);
    }
}
