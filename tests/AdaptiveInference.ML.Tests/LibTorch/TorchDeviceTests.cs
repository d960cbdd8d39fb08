using AdaptiveInference.ML.LibTorch;
using TorchSharp;

namespace AdaptiveInference.ML.Tests.LibTorch;

[TestClass]
public sealed class TorchDeviceTests
{
    [TestMethod]
    [DataRow(null, null, 0, null)]
    [DataRow(null, 1, 2, 1)]
    [DataRow("cpu", 1, 2, null)]
    [DataRow("CPU", null, 0, null)]
    [DataRow("cuda", null, 2, 0)]
    [DataRow("cuda", 1, 2, 1)]
    [DataRow("cuda:1", 0, 2, 1)]
    public void Choose_DeviceThatIsThere_IsChosen(string? device, int? gpu, int count, int? expected)
        => Assert.AreEqual(expected, TorchDevice.Choose(device, gpu, fallbackToCpu: false, () => count));

    [TestMethod]
    [DataRow("gpu")]
    [DataRow("cuda:")]
    [DataRow("cuda:-1")]
    [DataRow("cuda:x")]
    [DataRow("")]
    public void Choose_UnknownDevice_SaysWhatWasGivenAndWhatIsAccepted(string device)
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => TorchDevice.Choose(device, null, fallbackToCpu: true, () => 1));

        StringAssert.StartsWith(error.Message, $"Device must be 'cpu', 'cuda' or 'cuda:N', got '{device}'.");
    }

    [TestMethod]
    public void Choose_NoCudaAndNoFallback_SaysSo()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => TorchDevice.Choose("cuda", null, fallbackToCpu: false, () => 0));

        Assert.AreEqual(
            "Device cuda:0 is not available: libtorch sees no CUDA device. Add TorchSharp-cuda-linux or TorchSharp-cuda-windows and an "
            + "NVIDIA driver, choose another device, or set FallbackToCpu.",
            error.Message);
    }

    [TestMethod]
    public void Choose_IndexBeyondTheDevices_SaysHowManyThereAre()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => TorchDevice.Choose("cuda:2", null, fallbackToCpu: false, () => 2));

        StringAssert.StartsWith(error.Message, "Device cuda:2 is not available: libtorch sees 2 CUDA device(s), cuda:0 to cuda:1.");
    }

    [TestMethod]
    [DataRow("cuda", null)]
    [DataRow("cuda:3", null)]
    [DataRow(null, 0)]
    public void Choose_NoCudaWithFallback_IsTheCpu(string? device, int? gpu)
        => Assert.IsNull(TorchDevice.Choose(device, gpu, fallbackToCpu: true, () => 0));

    [TestMethod]
    public void Resolve_Cpu_IsTheCpu() => Assert.AreEqual(DeviceType.CPU, TorchDevice.Resolve("cpu", 0, fallbackToCpu: false).type);
}
