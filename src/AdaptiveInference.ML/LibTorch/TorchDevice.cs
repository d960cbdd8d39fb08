using System.Globalization;
using TorchSharp;

namespace AdaptiveInference.ML.LibTorch;

/// <summary>Chooses the device to train on.</summary>
internal static class TorchDevice
{
    /// <summary>The device that an option or the MLContext names.</summary>
    /// <param name="device"><c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>; null to go by <paramref name="gpuDeviceId"/>.</param>
    /// <param name="gpuDeviceId">Index of the GPU when <paramref name="device"/> does not say; null is the CPU.</param>
    /// <param name="fallbackToCpu">Whether the CPU will do when there is no such GPU.</param>
    /// <exception cref="ArgumentException"><paramref name="device"/> is none of those.</exception>
    /// <exception cref="InvalidOperationException">There is no such GPU and the CPU will not do.</exception>
    public static torch.Device Resolve(string? device, int? gpuDeviceId, bool fallbackToCpu)
    {
        LibTorchRuntime.Start();
        return Choose(device, gpuDeviceId, fallbackToCpu, CudaDevices) is { } index
            ? new torch.Device(DeviceType.CUDA, index)
            : new torch.Device(DeviceType.CPU);
    }

    /// <summary>Index of the GPU to use, null for the CPU.</summary>
    public static int? Choose(string? device, int? gpuDeviceId, bool fallbackToCpu, Func<int> cudaDevices)
    {
        var index = device is null ? gpuDeviceId : Parse(device, gpuDeviceId);
        if (index is not { } gpu)
        {
            return null;
        }

        var count = cudaDevices();
        if (gpu >= 0 && gpu < count)
        {
            return gpu;
        }

        if (fallbackToCpu)
        {
            return null;
        }

        throw new InvalidOperationException(
            $"Device cuda:{gpu} is not available: "
            + (count == 0 ? "libtorch sees no CUDA device" : $"libtorch sees {count} CUDA device(s), cuda:0 to cuda:{count - 1}")
            + ". Add TorchSharp-cuda-linux or TorchSharp-cuda-windows and an NVIDIA driver, choose another device, or set FallbackToCpu.");
    }

    private static int? Parse(string device, int? gpuDeviceId)
    {
        if (device.Equals("cpu", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (device.Equals("cuda", StringComparison.OrdinalIgnoreCase))
        {
            return gpuDeviceId ?? 0;
        }

        return device.StartsWith("cuda:", StringComparison.OrdinalIgnoreCase)
            && int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                ? index
                : throw new ArgumentException($"Device must be 'cpu', 'cuda' or 'cuda:N', got '{device}'.", nameof(device));
    }

    private static int CudaDevices() => torch.TryInitializeDeviceType(DeviceType.CUDA) ? torch.cuda.device_count() : 0;
}
