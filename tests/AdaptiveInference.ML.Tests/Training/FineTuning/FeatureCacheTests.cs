using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Samplers;
using AdaptiveInference.ML.Training.Data;
using AdaptiveInference.ML.Training.FineTuning;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using TorchSharp;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Tests.Training.FineTuning;

[TestClass]
public sealed class FeatureCacheTests
{
    private static readonly ResNetTrainer.Options Options = new()
    {
        Architecture = ResNetArchitecture.Cifar(8), Exits = new ExitOptions { AfterBlocks = [0, 1] },
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [TestInitialize]
    public void Start() => LibTorchRuntime.Start();

    [TestCleanup]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [TestMethod]
    [DataRow(false, long.MaxValue)]
    [DataRow(true, long.MaxValue)]
    [DataRow(true, 50_000)]
    public void Varied_BatchesOfAnEpoch_AreWhatTheImagesGive(bool mirrors, long memoryLimit)
    {
        using var setting = new StageFixture(Options, images: 21, judged: 0, batchSize: 4);
        using var scope = torch.NewDisposeScope();
        var augmentation = mirrors ? ImageAugmentation.Flip : ImageAugmentation.None;
        using var images = setting.Open(augmentation, 21, batchSize: 4);
        setting.Network.eval();
        using (var cache = FeatureCache.Fill(images, mirrors, Compute, CPU, _folder.FullName, _ => { }, memoryLimit)!)
        {
            Assert.AreEqual(memoryLimit < long.MaxValue, cache.IsOnDisk);
            var batches = 0;
            foreach (var (expected, actual) in images.Varied(5, 3).Zip(((IBatchSource)cache).Varied(5, 3)))
            {
                batches++;
                CollectionAssert.AreEqual(
                    expected.LabelsOn(CPU).data<long>().ToArray(), actual.LabelsOn(CPU).data<long>().ToArray());
                var (computed, kept) = (Compute(expected.ImagesOn(CPU)), actual.InputOn(CPU));
                Assert.AreEqual(2, kept.BlocksDone);
                AssertSame(computed.Map!, kept.Map!);
                AssertSame(computed.HeadInputs[0], kept.HeadInputs[0]);
                AssertSame(computed.HeadInputs[1], kept.HeadInputs[1]);
                AssertSame(
                    setting.Network.Run(expected.ImagesOn(CPU), FixedSampler.AllOpen).Logits,
                    setting.Network.Run(kept, FixedSampler.AllOpen).Logits);
            }

            Assert.AreEqual(images.Batches, batches);
        }

        Assert.IsEmpty(_folder.GetFileSystemInfos());

        NetworkInput Compute(Tensor pixels) => setting.Network.RunFirst(pixels, 2, FixedSampler.AllOpen);
    }

    [TestMethod]
    public void Fill_MoreThanTheLimit_IsLeft()
    {
        // Of 21 images: the map behind two blocks is 32·6·6 values, a grid pools 32 for each channel of 16 and of 32.
        const long bytes = 21 * 4 * ((32 * 6 * 6) + (32 * 16) + (32 * 32));
        using var setting = new StageFixture(Options, images: 21, judged: 0, batchSize: 4);
        using var images = setting.Open(ImageAugmentation.None, 21, batchSize: 4);

        using var cache = Fill(bytes);
        Assert.IsNotNull(cache);
        Assert.IsNull(Fill(bytes - 1));

        FeatureCache? Fill(long mostBytes) => FeatureCache.Fill(
            images, false, pixels => setting.Network.RunFirst(pixels, 2, FixedSampler.AllOpen), CPU, _folder.FullName, _ => { },
            mostBytes: mostBytes);
    }

    [TestMethod]
    public void Fill_GivenUp_LeavesNoFileAndNoTensors()
    {
        using var setting = new StageFixture(Options, images: 21, judged: 0, batchSize: 4);
        using var images = setting.Open(ImageAugmentation.None, 21, batchSize: 4);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        Assert.ThrowsExactly<OperationCanceledException>(() => FeatureCache.Fill(
            images, false, pixels => setting.Network.RunFirst(pixels, 3, FixedSampler.AllOpen), CPU, _folder.FullName,
            done => throw new OperationCanceledException(), memoryLimit: 0));

        Assert.IsEmpty(_folder.GetFileSystemInfos());
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [TestMethod]
    [DataRow(NetworkKind.ResNet, 2, 4)]
    [DataRow(NetworkKind.ResNet, 0, 0)]
    [DataRow(NetworkKind.SkipNet, 3, 1)]
    [DataRow(NetworkKind.ConvNetAig, 3, 0)]
    public void ConstantBlocks_Of_EndAtTheFirstThatLearnsOrHasAGate(NetworkKind network, int stages, int expected)
        => Assert.AreEqual(expected, ConstantBlocks.Of(BlockPlan.Of(Networks.TestNetworks.Cifar(network)), stages));

    private static void AssertSame(Tensor expected, Tensor actual)
    {
        CollectionAssert.AreEqual(expected.shape, actual.shape);
        Assert.IsLessThan(1e-5f, (expected - actual).abs().max().item<float>());
    }
}
