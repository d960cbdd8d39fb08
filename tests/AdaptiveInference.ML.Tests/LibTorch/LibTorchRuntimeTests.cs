using AdaptiveInference.ML.LibTorch;
using TorchSharp;

namespace AdaptiveInference.ML.Tests.LibTorch;

[TestClass]
public sealed class LibTorchRuntimeTests
{
    private static readonly string Assembly = typeof(LibTorchRuntimeTests).Assembly.Location;

    [TestMethod]
    public void Start_FromManyThreadsAgainAndAgain_LeavesLibTorchUsable()
    {
        Parallel.For(0, 16, _ => LibTorchRuntime.Start());
        using var sum = torch.ones(3, 4).sum();

        Assert.AreEqual(12f, sum.item<float>());
    }

    [TestMethod]
    public void Start_SystemWithOlderLibstdcxx_LeavesNoCopyBehind()
    {
        // In a folder of its own: another process of this machine may be at its start, with its copy still there.
        var folder = Directory.CreateTempSubdirectory("start-of-libtorch");
        try
        {
            var child = ChildProcess.Run(Assembly, ChildProgram.StartOnly, folder.FullName);

            Assert.AreEqual("started", child.Output.Trim(), child.Error);
            Assert.IsEmpty(folder.GetDirectories("AdaptiveInference.ML-*"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestMethod]
    public void Start_WithoutLibTorch_NamesThePackageAndKeepsTheCause()
    {
        var folder = Directory.CreateTempSubdirectory("without-libtorch");
        try
        {
            ChildProcess.CopyWithoutLibTorch(folder.FullName);

            var child = ChildProcess.Run(Path.Combine(folder.FullName, Path.GetFileName(Assembly)), ChildProgram.StartOnly);

            Assert.AreEqual(1, child.ExitCode, child.Error);
            StringAssert.Contains(child.Output, "Add the package TorchSharp-cpu");
            StringAssert.Contains(child.Output, "version 0.107.0");
            StringAssert.EndsWith(child.Output.TrimEnd(), "with cause");
            Assert.AreEqual("", child.Error);
            Assert.HasCount(2, child.Output.TrimEnd().Split('\n'));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestMethod]
    public void Training_EveryNetworkAndBatchSize_WritesNothingToTheConsole()
    {
        var child = ChildProcess.Run(Assembly, ChildProgram.TrainQuietly);

        Assert.AreEqual("", child.Error);
        Assert.AreEqual("trained", child.Output.Trim());
        Assert.AreEqual(0, child.ExitCode);
    }
}
