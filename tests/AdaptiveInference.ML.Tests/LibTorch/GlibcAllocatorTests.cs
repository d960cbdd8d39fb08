using AdaptiveInference.ML.LibTorch;

namespace AdaptiveInference.ML.Tests.LibTorch;

[TestClass]
public sealed class GlibcAllocatorTests
{
    [TestMethod]
    public void KeepFreedMemory_AnySystem_IsSetOnGlibcAndHarmlessElsewhere()
    {
        Assert.AreEqual(OperatingSystem.IsLinux() && !File.Exists("/etc/alpine-release"), GlibcAllocator.KeepFreedMemory());

        GlibcAllocator.ReleaseFreedMemory();
    }
}
