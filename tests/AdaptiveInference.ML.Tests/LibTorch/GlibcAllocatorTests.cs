using AdaptiveInference.ML.LibTorch;

namespace AdaptiveInference.ML.Tests.LibTorch;

[TestClass]
public sealed class GlibcAllocatorTests
{
    [TestMethod]
    [DataRow(0)]
    [DataRow(32 * 32)]
    [DataRow(96 * 96)]
    [DataRow(224 * 224)]
    public void KeepFreedMemory_AnySystem_IsSetOnGlibcAndHarmlessElsewhere(int pixels)
    {
        Assert.AreEqual(OperatingSystem.IsLinux() && !File.Exists("/etc/alpine-release"), GlibcAllocator.KeepFreedMemory(pixels));

        GlibcAllocator.ReleaseFreedMemory();
    }
}
