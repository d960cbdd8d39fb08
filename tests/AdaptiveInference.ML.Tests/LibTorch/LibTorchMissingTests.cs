using System.Runtime.InteropServices;
using AdaptiveInference.ML.LibTorch;

namespace AdaptiveInference.ML.Tests.LibTorch;

[TestClass]
public sealed class LibTorchMissingTests
{
    private static readonly Exception Cause = new DllNotFoundException("version 'X' not found.");

    [TestMethod]
    public void Message_NotFound_NamesPackagesVersionAndPlatform()
        => Assert.AreEqual(
            "Training needs libtorch, which was not found for Linux X64. Add the package TorchSharp-cpu or TorchSharp-cuda-linux, version "
            + "0.107.0, to the application (dotnet add package TorchSharp-cpu --version 0.107.0).",
            LibTorchMissing.Message(OSPlatform.Linux, Architecture.X64, "0.107.0", null, Cause));

    [TestMethod]
    public void Message_OnWindows_NamesTheWindowsPackage()
        => StringAssert.Contains(
            LibTorchMissing.Message(OSPlatform.Windows, Architecture.X64, "0.107.0", null, Cause),
            "TorchSharp-cpu or TorchSharp-cuda-windows");

    [TestMethod]
    public void Message_FoundButNotLoading_SaysWhereAndWhy()
        => Assert.AreEqual(
            "Training needs libtorch. It was found in '/app' but does not load on macOS Arm64: version 'X' not found. Check that the "
            + "application uses TorchSharp-cpu of version 0.107.0 and no other.",
            LibTorchMissing.Message(OSPlatform.OSX, Architecture.Arm64, "0.107.0", "/app", Cause));

    [TestMethod]
    public void Message_PlatformWithoutPackage_SaysWhereTrainingWorks()
        => Assert.AreEqual(
            "Training needs libtorch, which TorchSharp 0.107.0 does not offer for Linux Arm64. Train on Linux x64, Windows x64 or macOS "
            + "Arm64; trained models score on any platform.",
            LibTorchMissing.Message(OSPlatform.Linux, Architecture.Arm64, "0.107.0", null, Cause));

    [TestMethod]
    public void Error_AnyFailure_KeepsTheCause()
        => Assert.AreSame(Cause, LibTorchMissing.Error(null, Cause).InnerException);
}
